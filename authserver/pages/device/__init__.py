"""The page where people type the code of a device, and answer it (RFC 8628 section 3.3)."""
