"""What was changed, by whom: one vocabulary for the database and the log."""
