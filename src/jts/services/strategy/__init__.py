"""Runs plans: market events in, order wishes out."""
