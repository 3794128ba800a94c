"""What a site's owner runs at a terminal. No running site imports it."""
