"""Orders as a whole: its road, its doubts, its restarts."""
