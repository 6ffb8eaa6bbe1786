"""The life of an order, decided."""
