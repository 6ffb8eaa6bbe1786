"""Remote twins of the services, and the codec of messages."""
