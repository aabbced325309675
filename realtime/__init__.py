"""The live program: sources, a tracker, filters and sinks joined by one loop."""

# Before PyAV, whoever of us is imported first: each brings a libxcb of its own, and where PyAV's is loaded first,
# OpenCV's window hangs at the moment it is opened.
import cv2  # noqa: F401
