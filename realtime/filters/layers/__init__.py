"""The kinds of layer that filters are made of."""
