"""What trades, on which grid, and when."""
