"""What a site declares."""
