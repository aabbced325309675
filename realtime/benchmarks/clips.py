"""Frames to measure on, drawn beforehand from public portraits, so that drawing them is not measured."""

import importlib.util
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count, islice

import cv2
import numpy as np

from model.arrays import Image
from model.geometry import similarity
from realtime.frame import Frame
from realtime.sources.demo import DemoConfig, DemoSource, load_portrait
from realtime.sources.demo_motions import FACE_CENTER, FACE_WIDTH

FPS = 30.0
_BYTES = 200_000_000
"""A clip takes no more memory than this."""
_ASTRONAUT_CENTER = (224.0, 116.0)
"""Middle of the face in scikit-image's `astronaut`, read off the picture."""
_ASTRONAUT_WIDTH = 104.0


@dataclass(frozen=True, slots=True)
class Clip:
    """A few frames, played forward and backward for as long as needed.

    Attributes:
        name: for tables.
        images_bgr: (H, W, 3) uint8 each.
    """

    name: str
    images_bgr: list[Image] = field(repr=False)

    def frames(self) -> Iterator[Frame]:
        """Endlessly many frames without a jump, at 30 a second."""
        last = len(self.images_bgr) - 1
        for index in count():
            place = index % (2 * last) if last else 0
            yield Frame(self.images_bgr[min(place, 2 * last - place)], index, index / FPS)


def portrait_clip(size_wh: tuple[int, int], frames: int) -> Clip:
    """The demo's portrait, one face, as from a camera in a hand."""
    width, height = size_wh
    with DemoSource(DemoConfig(size_wh)) as source:
        fitting = max(2, min(frames, _BYTES // (3 * width * height)))
        return Clip(f"{width}x{height}", [frame.pixels_bgr for frame in islice(source.frames(), fitting)])


def crowd_clip(faces: int, frames: int, size_wh: tuple[int, int] = (1280, 720)) -> Clip:
    """`faces` up to 8, four a row, that sway each in its own time; the rest of the frame is grey."""
    cell_wh = (size_wh[0] // 4, size_wh[1] // 2)
    people = _people()
    images = []
    for index in range(frames):
        image_bgr = np.full((size_wh[1], size_wh[0], 3), 70, np.uint8)
        for i in range(faces):
            portrait_bgr, center, width = people[i % len(people)]
            turn = 2 * math.pi * (index / FPS / 4 + i / 8)
            goal = (cell_wh[0] * (0.5 + 0.06 * math.sin(turn)), cell_wh[1] * (0.47 + 0.03 * math.cos(turn)))
            matrix = similarity(0.42 * cell_wh[0] / width, 0.1 * math.sin(turn), center, goal)
            x, y = (i % 4) * cell_wh[0], (i // 4) * cell_wh[1]
            cell_bgr = cv2.warpAffine(portrait_bgr, matrix, cell_wh, borderMode=cv2.BORDER_REPLICATE)
            image_bgr[y : y + cell_wh[1], x : x + cell_wh[0]] = cell_bgr
        images.append(image_bgr)
    return Clip(f"{faces} face{'s' if faces > 1 else ''}", images)


def _people() -> list[tuple[Image, tuple[float, float], float]]:
    """Picture, middle of the face and its width: the demo's portrait, and scikit-image's where that is installed."""
    people = [(load_portrait(), FACE_CENTER, FACE_WIDTH)]
    if importlib.util.find_spec("skimage"):
        from skimage import data

        people.append((cv2.cvtColor(data.astronaut(), cv2.COLOR_RGB2BGR), _ASTRONAUT_CENTER, _ASTRONAUT_WIDTH))
    return people
