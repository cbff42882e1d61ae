"""Administration: accounts, applications, scopes and tiers, signing keys, audit, health. For administrators only."""
