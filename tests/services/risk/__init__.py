"""What risk does with a wish, an event, and the kill switch."""
