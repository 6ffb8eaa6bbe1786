"""Settings, wiring, start and stop: the only room that knows every other."""
