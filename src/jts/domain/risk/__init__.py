"""The rules that may refuse an order, and the proof that they were asked."""
