"""Tiers and limits: exact counts across all workers, by account (decisions 23 and 28)."""
