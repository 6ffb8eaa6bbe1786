"""What each broker's adapter promises."""
