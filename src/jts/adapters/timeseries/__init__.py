"""Stores for bars."""
