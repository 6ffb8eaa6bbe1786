"""What the nouns and rules of trading promise."""
