"""Follow faces from frame to frame: detect, associate, predict, smooth."""
