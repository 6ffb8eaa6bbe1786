"""Matching on the tape: what a print would have done to a resting order."""
