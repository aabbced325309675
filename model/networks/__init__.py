"""The networks themselves, their checkpoints and weights files. Needs PyTorch; the live program never imports it."""
