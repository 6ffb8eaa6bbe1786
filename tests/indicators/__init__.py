"""Tests of jts: indicators."""
