"""A market that was recorded once and is played again."""
