"""Overlay: a picture pinned to points of the face."""

from dataclasses import dataclass, field
from typing import Any, Final, Literal

import cv2
import numpy as np
import numpy.typing as npt

from model.arrays import Image
from model.geometry import Matrix, apply, compose, fit_affine, fit_similarity, similarity
from model.keypoints import GROUPS
from model.mean_face import HEAD_POINTS
from model.pose import rotation_from_angles
from realtime.drawing.primitives import BlendMode, warp_blend
from realtime.drawing.sticker import Sticker
from realtime.face_view import FaceView, head_point, steady_indices
from realtime.filters.base import Layer
from realtime.filters.ears import under_hair
from realtime.filters.face_template import TEMPLATE_EYE_DISTANCE, TEMPLATE_ORIGIN

_NEEDED: Final = {"similarity": 2, "affine": 3, "posed": 1}
Place = Literal["similarity", "affine", "posed"]


@dataclass(frozen=True, slots=True)
class Anchor:
    """A point of the face and the picture pixel that is drawn on it."""

    keypoint: str
    at: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Plane:
    """How a posed picture lies in space.

    Attributes:
        depth: eye distances behind the mean depth of its anchors.
        turn: degrees about the vertical, then the horizontal axis through the hinge.
        hinge: the picture pixel that stays where it is when the picture is turned; None is the anchors' mean.
        one_sided: not drawn when seen from behind.
    """

    depth: float = 0.0
    turn: tuple[float, float] = (0.0, 0.0)
    hinge: tuple[float, float] | None = None
    one_sided: bool = False


@dataclass(frozen=True, slots=True)
class Overlay(Layer):
    """A picture that follows the face by the map that best takes its anchors to their keypoints.

    Attributes:
        image: the picture.
        anchors: at least two for a similarity, three for an affine map, in different places; one for a posed one.
        place: `similarity` follows position, size and roll; `affine` also stretches with the face; `posed` lies on a
            plane in space and foreshortens as the head turns.
        offset: moved by this many eye distances along the face's axes.
        scale: enlarged about the anchors' centre.
        blend: see `drawing.blend_premultiplied`.
        plane: of a posed picture.
        picture_to_head: of a posed picture, (2, 3) map from picture pixels to the (x, y) of head coordinates.
        lit: as bright and as tinted as the light on the face; only where colours are laid over it (normal).

    Raises:
        ValueError: too few anchors, or all in one place or line.
    """

    image: Sticker = field(repr=False)
    anchors: tuple[Anchor, ...]
    place: Place = "similarity"
    offset: tuple[float, float] = (0.0, 0.0)
    scale: float = 1.0
    blend: BlendMode = "normal"
    plane: Plane = Plane()
    picture_to_head: Matrix | None = None
    lit: bool = True
    _corners: npt.NDArray[np.float64] = field(init=False, repr=False, compare=False)
    """(4, 3) head coordinates of a posed picture's corners, clockwise from the top left."""
    _pinned: tuple[int, ...] = field(init=False, repr=False, compare=False)
    """Keypoints that a posed picture goes with."""
    _faded: tuple[Sticker, int] | None = field(init=False, repr=False, compare=False)
    """Of a picture that goes back to an ear: how it looks where that lies under hair; the ear, as in `ears.SIDES`."""

    def __post_init__(self) -> None:
        needed = _NEEDED[self.place]
        spread = np.linalg.svd(self._at() - self._at().mean(axis=0), compute_uv=False)
        if len(self.anchors) < needed or (needed > 1 and spread[needed - 2] < 1):
            apart = "off one line" if needed == 3 else "apart"
            raise ValueError(f"place {self.place!r} needs {needed} anchors {apart}; add an anchor, or move one")
        if self.place == "posed" and self.picture_to_head is None and (len(self.anchors) < 2 or spread[0] < 1):
            raise ValueError("a posed picture needs 2 anchors apart; add one, or give origin, eye_distance and follow")
        names = [anchor.keypoint for anchor in self.anchors]
        pinned = tuple(i for name in names if name not in HEAD_POINTS for i in steady_indices(name))
        if {"left_eye", "right_eye"} <= set(names):
            pinned += GROUPS["nose_bridge"][:2]
        object.__setattr__(self, "_corners", self._on_head(names) if self.place == "posed" else np.empty((0, 3)))
        object.__setattr__(self, "_pinned", pinned or steady_indices("eyes"))
        object.__setattr__(self, "_faded", self._under_hair())

    def draw(self, canvas_bgr: Image, view: FaceView, opacity: float) -> None:
        matrix = self.matrix(view)
        if opacity > 0 and not (self.plane.one_sided and _from_behind(matrix)):
            light = view.light if self.lit and self.blend == "normal" else None
            gain_bgr = light.gain_bgr if light is not None else None
            image, faded = self.image.at(view.time_s), self._faded
            seen = 1.0 if faded is None or view.light is None else float(view.light.ears[faded[1]])
            if seen > 0:
                warp_blend(canvas_bgr, image, matrix, seen * opacity, self.blend, gain_bgr)
            if seen < 1 and faded is not None:
                warp_blend(canvas_bgr, faded[0].at(view.time_s), matrix, (1 - seen) * opacity, self.blend, gain_bgr)

    def matrix(self, view: FaceView) -> npt.NDArray[np.float64]:
        """(2, 3) map from picture to frame pixels; (3, 3) for a posed picture."""
        if self.place == "posed":
            return self._posed_matrix(view)
        targets = view.points(anchor.keypoint for anchor in self.anchors)
        fit = fit_similarity if self.place == "similarity" else fit_affine
        matrix = fit(self._at(), targets)
        center = targets.mean(axis=0)
        goal = center + view.along_face(self.offset)
        return compose(similarity(self.scale, 0.0, (center[0], center[1]), (goal[0], goal[1])), matrix)

    def _on_head(self, names: list[str]) -> npt.NDArray[np.float64]:
        on_head = np.array([head_point(name) for name in names])
        pivot = on_head.mean(axis=0)
        to_head = self.picture_to_head
        if to_head is None:
            to_head = fit_similarity(self._at(), on_head[:, :2])
        hinge = self.plane.hinge if self.plane.hinge is not None else self._at().mean(axis=0)
        flat = (apply(to_head, np.vstack([self._picture_corners(), hinge])) - pivot[:2]) * self.scale + self.offset
        yaw, pitch = np.radians(self.plane.turn)
        turned = np.column_stack([flat[:4] - flat[4], np.zeros(4)]) @ rotation_from_angles(yaw, pitch, 0.0).T
        result: npt.NDArray[np.float64] = turned + np.array([*flat[4], self.plane.depth]) + pivot
        return result

    def _under_hair(self) -> tuple[Sticker, int] | None:
        """See `_faded`; None for a picture that reaches no ear."""
        if not self.plane.one_sided or not len(self._corners):
            return None
        hidden = under_hair(self._corners)
        side = int(hidden.max(axis=0).argmax())
        if hidden[:, side].max() < 1:
            return None
        width, height = self.image.size_wh
        across = np.linspace(0, 1, width)[:, None] * np.ones((1, 3))
        top, bottom = (left + across * (right - left) for left, right in (self._corners[:2], self._corners[[3, 2]]))
        left_seen = 1 - under_hair((top + bottom) / 2)[:, side]
        return self.image.faded(np.broadcast_to(left_seen, (height, width))), side

    def _posed_matrix(self, view: FaceView) -> npt.NDArray[np.float64]:
        corners_px = view.project(self._corners, self._pinned)
        if not np.isfinite(corners_px).all():
            return np.full((3, 3), np.nan)
        corners = self._picture_corners().astype(np.float32)
        return np.asarray(cv2.getPerspectiveTransform(corners, corners_px.astype(np.float32)))

    def _picture_corners(self) -> npt.NDArray[np.float64]:
        width, height = self.image.size_wh
        return np.array([[0, 0], [width - 1, 0], [width - 1, height - 1], [0, height - 1]], np.float64)

    def _at(self) -> npt.NDArray[np.float64]:
        return np.array([anchor.at for anchor in self.anchors], np.float64)


def _from_behind(matrix: npt.NDArray[np.float64]) -> bool:
    return bool(np.linalg.det(matrix[:2, :2] if matrix.shape[0] == 2 else matrix) <= 0)


def from_keys(
    anchors: tuple[Anchor, ...] | None,
    follow: tuple[str, ...] | None,
    origin: tuple[float, float],
    eye_distance: float,
    depth: float,
    turn: tuple[float, float],
    hinge: tuple[float, float] | None,
    one_sided: bool,
    **rest: Any,
) -> Overlay:
    """An overlay from a pack's keys; raises `ValueError` where they do not fit each other."""
    plane = Plane(depth, turn, hinge, one_sided)
    if rest["place"] != "posed" and plane != Plane():
        raise ValueError('depth, turn, hinge and one_sided need place = "posed"; add it, or leave them out')
    if anchors is not None:
        if follow is not None or origin != TEMPLATE_ORIGIN or eye_distance != TEMPLATE_EYE_DISTANCE:
            raise ValueError("anchors exclude follow, origin and eye_distance; leave out the one or the others")
        return Overlay(anchors=anchors, plane=plane, **rest)
    pinned = tuple(
        Anchor(name, (float(x), float(y)))
        for name in follow or ("left_eye", "right_eye")
        for x, y in [head_point(name)[:2] * eye_distance + origin]
    )
    to_head = similarity(1 / eye_distance, 0.0, origin, (0.0, 0.0))
    return Overlay(anchors=pinned, plane=plane, picture_to_head=to_head, **rest)
