"""What may leave the server."""
