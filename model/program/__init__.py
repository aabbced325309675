"""What both command lines share: how they begin and end, and what they say of names of files."""
