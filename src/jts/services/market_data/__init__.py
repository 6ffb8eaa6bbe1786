"""Trades and quotes in, bars and reference prices out."""
