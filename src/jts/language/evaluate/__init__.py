"""Running a plan: the reference interpreter and the compiled module."""
