"""What may be exchanged for an access token (RFC 8693), one file each kind of subject token."""
