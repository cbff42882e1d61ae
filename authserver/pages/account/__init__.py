"""One's own account: joining, a forgotten password, profile, security."""
