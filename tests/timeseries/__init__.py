"""Specification of this room."""
