"""Who is calling: sessions, keys, cross-site protection."""
