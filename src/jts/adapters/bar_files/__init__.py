"""Files of bars as people have them: recognised by content, read exactly, refused with the row and the
reason."""
