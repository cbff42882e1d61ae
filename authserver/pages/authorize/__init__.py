"""The authorization endpoint, where people and applications meet (RFC 6749 section 3.1)."""
