"""Master key and signing keys: the only reader of `keys/` (decision 7)."""
