"""The nouns and rules of trading; standard library only."""
