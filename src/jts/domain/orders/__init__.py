"""An order from wish to end: terms, states, transitions, events."""
