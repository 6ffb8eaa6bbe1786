"""Relational stores."""
