"""How a venue would have answered, seen through bars alone."""
