"""What we need from the outside world, not who provides it."""
