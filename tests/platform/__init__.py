"""The whole platform as a process, as its owner meets it."""
