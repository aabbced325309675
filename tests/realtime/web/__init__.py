"""The web server: access, files, its thread."""
