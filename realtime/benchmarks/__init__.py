"""What the live program costs, measured: the parts of `python -m realtime bench`."""
