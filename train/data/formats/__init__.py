"""Labels in other people's formats, read and written. A module for each; no torch."""
