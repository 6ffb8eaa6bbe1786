"""The specification of JTS, room by room."""
