"""Pages and pictures about the project."""
