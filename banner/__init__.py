"""What runs in the browser, as source, and the build that makes ``static/`` of it."""
