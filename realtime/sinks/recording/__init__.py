"""Recordings: formats, the encoder's thread, video and animation files."""
