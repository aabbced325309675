"""A sheet of labelled faces to look at, drawn from the labels alone. No torch."""

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
from matplotlib.figure import Figure

from model.mean_face import MEAN_FACE
from train.data.annotations import Annotations
from train.evaluation.plots import draw_face, new_figure

MOST: Final = 24
"""Faces on a sheet."""
_COLUMNS: Final = 6
_RIGHT_COLOR: Final = "#ff7f0e"
_IS_RIGHT: Final = MEAN_FACE[:, 0] > 0
LEGEND: Final = "the picture's left green, right orange"


def draw_labels(annotations: Annotations, indices: Sequence[int], title: str, words: Sequence[str] = ()) -> Figure:
    """Some of the faces, each zoomed to its labels, with the points of the left and of the right half in two colours.

    Args:
        annotations: where they come from.
        indices: which.
        title: of the sheet.
        words: what to say of each.

    Raises:
        DatasetError: an image cannot be decoded.
    """
    columns = min(_COLUMNS, len(indices))
    rows = -(-len(indices) // columns)
    figure = new_figure(max(2.5 * columns, 7), 2.75 * rows + 0.5)
    figure.suptitle(title, fontsize=10)
    for place, index in enumerate(indices):
        axes = figure.add_subplot(rows, columns, place + 1)
        image_rgb = cv2.cvtColor(annotations.read_bgr(index), cv2.COLOR_BGR2RGB)
        height, width = image_rgb.shape[:2]
        points = annotations.labels_px[index]
        name = annotations.names[index]
        text = f"\n{words[place]}" if words else f"\n{width}x{height} px"
        draw_face(axes, image_rgb, points, None, f"{name if len(name) < 34 else '...' + name[-30:]}{text}")
        right = np.isfinite(points).all(axis=1) & _IS_RIGHT
        axes.scatter(points[right, 0], points[right, 1], s=7, color=_RIGHT_COLOR, lw=0)
    return figure
