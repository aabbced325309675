"""The dataset: download, annotations, split, images and labels in memory."""
