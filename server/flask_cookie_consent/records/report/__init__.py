"""All choices as one page."""
