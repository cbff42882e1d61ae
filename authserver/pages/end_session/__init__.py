"""Signing out on the word of an application (OpenID Connect RP-Initiated Logout 1.0)."""
