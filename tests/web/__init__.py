"""One request in Flask."""
