"""One image to its faces: what keypoints are, and how they are found. Knows nothing of time or training."""
