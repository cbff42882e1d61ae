"""`/v1/api-keys`: the life of a key for programs."""
