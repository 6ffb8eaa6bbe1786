"""Positions, cash and profit; the only writer of books."""
