"""The only rooms that speak SQL: one file per table, its columns and its own verbs."""
