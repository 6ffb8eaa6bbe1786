"""Tests of jts: evaluate."""
