"""What may leave the server: cookies that pass, cookies that are expired, headers that follow."""
