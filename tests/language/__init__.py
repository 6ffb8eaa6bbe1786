"""The strategy language, as specification."""
