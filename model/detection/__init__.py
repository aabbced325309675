"""Places of faces in a picture: OpenCV's Haar cascade, and a network of our own."""
