"""Overlay: a picture pinned to points of the face."""

from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from model.geometry import Matrix, compose, fit_similarity, similarity
from realtime.drawing import BlendMode, Image, Sticker, warp_blend
from realtime.filters.base import Layer
from realtime.filters.keys import Choice, Key, ListOf, Number, Numbers, Picture, Table
from realtime.filters.view import KEYPOINT_NAMES, FaceView

PICTURE_PX: Final = 20_000
"""Anchors lie within this many pixels of the picture's corner; they may lie outside it."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """A point of the face and the picture pixel that is drawn on it."""

    keypoint: str
    at: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Overlay(Layer):
    """A picture that follows the face by the map that best takes its anchors to their keypoints.

    Attributes:
        image: the picture.
        anchors: at least two for a similarity, three for an affine map, in different places.
        place: `similarity` follows position, size and roll; `affine` also stretches with the face.
        offset: moved by this many eye distances along the face's axes.
        scale: enlarged about the anchors' centre.
        blend: see `drawing.blend_premultiplied`.

    Raises:
        ValueError: too few anchors, or all in one place or line.
    """

    image: Sticker = field(repr=False)
    anchors: tuple[Anchor, ...]
    place: Literal["similarity", "affine"] = "similarity"
    offset: tuple[float, float] = (0.0, 0.0)
    scale: float = 1.0
    blend: BlendMode = "normal"

    def __post_init__(self) -> None:
        needed = 2 if self.place == "similarity" else 3
        spread = np.linalg.svd(self._at() - self._at().mean(axis=0), compute_uv=False)
        if len(self.anchors) < needed or spread[needed - 2] < 1:
            raise ValueError(
                f"place {self.place!r} needs {needed} anchors {'apart' if needed == 2 else 'off one line'}; "
                "add an anchor, or move one"
            )

    def draw(self, canvas_bgr: Image, view: FaceView, opacity: float) -> None:
        warp_blend(canvas_bgr, self.image, self.matrix(view), opacity, self.blend)

    def matrix(self, view: FaceView) -> Matrix:
        """(2, 3) map from picture to frame pixels."""
        targets = view.points(anchor.keypoint for anchor in self.anchors)
        fit = fit_similarity if self.place == "similarity" else _fit_affine
        matrix = fit(self._at(), targets)
        center = targets.mean(axis=0)
        goal = center + view.along_face(self.offset)
        return compose(similarity(self.scale, 0.0, (center[0], center[1]), (goal[0], goal[1])), matrix)

    def _at(self) -> npt.NDArray[np.float64]:
        return np.array([anchor.at for anchor in self.anchors], np.float64)


def _fit_affine(source: npt.NDArray[np.float64], target: npt.NDArray[np.float64]) -> Matrix:
    design = np.column_stack([source, np.ones(len(source))])
    return np.asarray(np.linalg.lstsq(design, target, rcond=None)[0].T, np.float64)


ANCHOR: Final = Table(
    {
        "keypoint": Key(Choice(KEYPOINT_NAMES), "the point of the face"),
        "at": Key(Numbers(2, -PICTURE_PX, PICTURE_PX), "the picture pixel [x, y] that is drawn on it"),
    },
    Anchor,
)

KEYS: Final[dict[str, Key]] = {
    "image": Key(Picture(), "the picture's file name"),
    "anchors": Key(ListOf(ANCHOR, 2, 68), "pairs of a keypoint and the picture pixel drawn on it"),
    "place": Key(Choice(("similarity", "affine")), "how it follows the face", "similarity"),
    "offset": Key(Numbers(2, -5, 5), "moved by [x, y] eye distances, right and down along the face", (0.0, 0.0)),
    "scale": Key(Number(0.01, 20), "enlarged about the anchors' centre", 1.0),
    "blend": Key(Choice(("normal", "multiply", "screen", "soft_light")), "how its colours meet the skin's", "normal"),
}
