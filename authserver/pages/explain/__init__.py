"""What was checked of a request, for the owner of the application."""
