"""Documentation that this server gives of itself."""
