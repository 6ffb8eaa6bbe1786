"""Tests of services/strategy."""
