"""The embedded stores: one SQLite file, one writer, group commit."""
