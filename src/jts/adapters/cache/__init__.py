"""Short-lived values."""
