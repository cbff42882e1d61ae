"""What developers have: applications and API keys."""
