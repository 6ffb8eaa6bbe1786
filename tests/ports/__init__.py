"""One suite per port, run against every keeper of it."""
