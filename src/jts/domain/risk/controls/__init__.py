"""The pre-trade controls: one file, one pure function, one possible no each."""
