"""What is drawn on faces: one contract, several kinds."""
