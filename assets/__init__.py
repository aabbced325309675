"""Data that ships with the project, and the only place that knows where it lies."""

from pathlib import Path

__version__ = "0.2.0"
ASSETS_DIR = Path(__file__).resolve().parent
WEIGHTS_DIR = ASSETS_DIR / "weights"
FILTERS_DIR = ASSETS_DIR / "filters"
DRESS_DIR = ASSETS_DIR / "dress"
"""Drawings that dress faces in training, with how they lie in `pieces.toml`."""
ICONS_DIR = ASSETS_DIR / "icons"
"""White line drawings on nothing, 96 pixels wide, SVG and PNG; named after the actions that they stand for."""
APP_ICON = ICONS_DIR / "app.png"
DEFAULT_WEIGHTS = WEIGHTS_DIR / "keypoints.onnx"
FLOAT_WEIGHTS = WEIGHTS_DIR / "keypoints-float.onnx"
"""The same network in full precision, to train on from."""
DEFAULT_DETECTOR = WEIGHTS_DIR / "detector.onnx"
FLOAT_DETECTOR = WEIGHTS_DIR / "detector-float.onnx"
POINTS_PAGE = ASSETS_DIR / "points.html"
"""What `--serve-points` shows to a browser."""
