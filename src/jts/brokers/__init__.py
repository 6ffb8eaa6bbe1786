"""The outside markets, one room each."""
