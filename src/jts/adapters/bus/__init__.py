"""Ways of carrying events."""
