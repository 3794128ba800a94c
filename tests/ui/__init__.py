"""What visitors are shown."""
