"""Client metadata that is kept in `details`: a file for each family of members, and how one member is read."""
