"""Every answer that is an error, as a page."""
