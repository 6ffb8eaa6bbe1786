"""One file each: formula, seed, warm-up, source."""
