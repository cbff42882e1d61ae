"""The protocol (RFC 6749 and its family), free of Flask."""
