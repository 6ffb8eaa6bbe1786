"""A person at a terminal: one file per verb."""
