"""Changes made to training faces: geometry, pixels, expressions, head turns."""
