"""Research runs over a past."""
