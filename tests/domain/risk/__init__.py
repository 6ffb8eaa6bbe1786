"""What the rules of risk mean, by example."""
