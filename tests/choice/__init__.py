"""One visitor's answer."""
