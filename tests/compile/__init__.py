"""Tests of jts: compile."""
