"""Tests of jts: backtest."""
