"""Takes an order from approval to its end; the only writer of orders."""
