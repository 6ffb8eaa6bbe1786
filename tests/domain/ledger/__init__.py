"""Positions, cash, fees and profit."""
