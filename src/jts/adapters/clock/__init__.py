"""System time."""
