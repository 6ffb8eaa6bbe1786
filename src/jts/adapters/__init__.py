"""Machinery behind ports."""
