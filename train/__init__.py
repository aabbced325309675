"""Data to weights: dataset, transforms, training loop, evaluation."""
