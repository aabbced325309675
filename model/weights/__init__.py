"""Weights files: their description, the check of a stranger's file, and the session that runs one."""
