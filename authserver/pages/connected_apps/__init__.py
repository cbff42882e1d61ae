"""Applications that have access to one's account."""
