"""A broker that fills orders from the market we see; no money moves."""
