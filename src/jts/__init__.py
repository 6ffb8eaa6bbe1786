"""JTS: automated trading for Korean stocks and crypto. Prove it, replay it, explain it."""
