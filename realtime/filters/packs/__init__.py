"""Filter packs on disk: read, checked, found by name."""
