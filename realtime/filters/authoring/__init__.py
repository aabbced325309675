"""Tools for people who make filters: new, check, gallery."""
