"""The hash chain, and every way to break it."""
