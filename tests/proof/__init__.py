"""What anybody can check."""
