"""What is owned, worth and earned."""
