"""What a site's owner runs at a terminal."""
