"""What strategy text means."""
