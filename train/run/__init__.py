"""A training run: the loop, its processes, its progress and its record."""
