"""Signing in, choosing an account, signing out."""
