"""Solid bodies on the head: what they are made of, how they are built and read, and how they are drawn."""
