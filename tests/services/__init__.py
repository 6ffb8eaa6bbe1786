"""What each service promises."""
