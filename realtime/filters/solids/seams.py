"""Seams, where parts of a body run through each other: pixels along them show both, each by its share.

No side of a triangle lies there, but both planes of depth are known, and so is where they cross between two pixels.
"""

import cv2
import numpy as np
import numpy.typing as npt

from model.arrays import Image
from realtime.drawing.planes import Planes
from realtime.drawing.triangles import Numbers
from realtime.filters.solids.outline import add


def smooth_seams(layer: Image, numbers: Numbers, table: Planes, labels: Image) -> npt.NDArray[np.bool_]:
    """Smooth a picture, in place, along its seams.

    Args:
        layer: (h, w, 4) premultiplied.
        numbers: (h, w) the triangle that each pixel shows.
        table: their planes of depth.
        labels: (h, w) the part that each pixel shows; 0 for none.

    Returns:
        (h, w) which pixels are as they should be: those on both sides of a seam.
    """
    width, flat = labels.shape[1], numbers.ravel()
    done = np.zeros(labels.size, np.bool_)
    pairs = ((labels[:, :-1], labels[:, 1:], 1), (labels[:-1], labels[1:], width))
    found = []
    for axis, (one, next_one, stride) in enumerate(pairs):
        between = cv2.findNonZero(cv2.min(cv2.min(one, next_one), cv2.compare(one, next_one, cv2.CMP_NE)))
        if between is None:
            continue
        columns, rows = between.reshape(-1, 2).T
        first = rows.astype(np.intp) * width + columns
        # How much farther the second pixel's plane is than the first's: per pixel to the right and down, and at both.
        farther = np.take(table[..., 0], flat[first + stride], axis=1) - np.take(table[..., 0], flat[first], axis=1)
        here = farther[0] * columns + farther[1] * rows + farther[2]
        change = -farther[axis]
        crosses = np.flatnonzero((here >= 0) & (here <= change) & (change > 0) & (change >= np.abs(farther[1 - axis])))
        first, at = first[crosses], (here[crosses] / change[crosses]).astype(np.float32)
        nearer = np.where(at < 0.5, 0, stride)
        found.append((first + nearer, first + stride - nearer, np.abs(np.float32(0.5) - at)))
        done[first] = done[first + stride] = True
    if found:
        middle, other, share = (np.concatenate(each) for each in zip(*found, strict=True))
        pixels = layer.reshape(-1, 4)
        add(pixels, middle, share[:, None] * (pixels[other].astype(np.float32) - pixels[middle]), share)
    return done.reshape(labels.shape)
