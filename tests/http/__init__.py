"""Facts of HTTP."""
