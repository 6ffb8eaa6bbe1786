"""The in-process bus, disturbed on purpose."""
