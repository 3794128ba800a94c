"""Applications to run and to copy from."""
