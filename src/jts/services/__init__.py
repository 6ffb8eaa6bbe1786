"""The order in which business is done."""
