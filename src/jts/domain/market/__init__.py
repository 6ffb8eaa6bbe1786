"""What a market says: trades, quotes, bars."""
