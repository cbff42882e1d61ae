"""OpenID Connect Core: ID tokens and claims."""
