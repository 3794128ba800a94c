"""Languages and formats."""
