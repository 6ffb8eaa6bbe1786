"""How a venue would have answered."""
