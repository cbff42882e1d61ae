"""The question whether an application may have what it asks for."""
