"""Checks and reserves, in one transaction; owns the kill switch."""
