"""Things that people wear or hold before their faces: our own filter art drawn on training faces, and hands.

The dataset's people are mostly bare-faced. Points stay where they are: what hides them is what is learnt from.
"""

import tomllib
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt

from assets import DRESS_DIR, FILTERS_DIR
from model.arrays import Image
from model.geometry import Matrix, compose, fit_affine, fit_similarity, similarity
from model.keypoints import GROUPS, eye_distance
from model.mean_face import MEAN_FACE

_ART_EYE_DISTANCE: Final = 90.0
"""Art is held at about the size at which held faces are, pixels an eye distance."""
_ORIGIN: Final = (500.0, 480.0)
_EYE_DISTANCE: Final = 400.0
"""What a pack's layer that gives neither is drawn on, see `docs/filters.md`."""
_UPPER: Final = (
    *GROUPS["left_brow"],
    *GROUPS["right_brow"],
    *GROUPS["left_eye"],
    *GROUPS["right_eye"],
    *GROUPS["nose_bridge"],
    *GROUPS["nose_base"],
)
_LOWER: Final = (*GROUPS["jaw"][2:15], *GROUPS["outer_lip"])
_MOUTH: Final = (*GROUPS["nose_base"], *GROUPS["outer_lip"][:7])
_DRAWN: Final = ""
"""In place of a pack: drawings that are not worn live."""
_WORN: Final = {
    ("sunglasses", "aviators.png"): (_UPPER, 3.0),
    ("pixel-glasses", "glasses.png"): (_UPPER, 1.0),
    (_DRAWN, "round-glasses.png"): (_UPPER, 3.0),
    ("superhero", "mask.png"): (_UPPER, 0.7),
    ("pirate", "patch.png"): (_UPPER, 0.7),
    ("pirate", "bandana.png"): (_UPPER, 1.5),
    (_DRAWN, "top-hat.png"): (_UPPER, 1.5),
    (_DRAWN, "party-hat.png"): (_UPPER, 0.7),
    (_DRAWN, "flower-crown.png"): (_UPPER, 1.0),
    (_DRAWN, "crown.png"): (_UPPER, 0.7),
    ("clown", "nose.png"): (_UPPER, 0.5),
    ("dog", "nose.png"): (_MOUTH, 0.5),
    ("moustache", "moustache.png"): (_MOUTH, 2.5),
    ("beard", "beard.png"): (_LOWER, 4.0),
    ("pirate", "skin.png"): (_LOWER, 1.5),
}
"""(pack, picture) -> the points that it is laid on, and how often it is worn."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """Art ready to be worn: premultiplied grey and opacity, both (H, W) float32 in 0..255 and 0..1."""

    gray: npt.NDArray[np.float32] = field(repr=False)
    alpha: npt.NDArray[np.float32] = field(repr=False)
    anchors: npt.NDArray[np.float64] = field(repr=False)
    points: tuple[int, ...]
    affine: bool


def wear(image: Image, points: npt.NDArray[np.float32], rng: np.random.Generator) -> Image:
    """A copy of a grey face with one or two things worn, in a random tone, size and place.

    Args:
        image: (H, W) uint8; not changed.
        points: (68, 2) in its pixels.
        rng: draws what and how.
    """
    pieces, shares = _pieces()
    unit = float(eye_distance(points))
    shown = image.astype(np.float32)
    for index in rng.choice(len(pieces), 1 if rng.random() < 0.75 else 2, replace=False, p=shares):
        piece = pieces[index]
        place = compose(_nudge(points[list(piece.points)], unit, rng), _placed(piece, points))
        size_wh = (image.shape[1], image.shape[0])
        gray, alpha = (
            cv2.warpAffine(layer, place, size_wh, flags=cv2.INTER_LINEAR) for layer in (piece.gray, piece.alpha)
        )
        if piece.points is _LOWER:  # lips are seen through a beard
            cv2.fillPoly(alpha, [np.rint(points[list(GROUPS["inner_lip"])]).astype(np.int32)], 0.0)
            gray *= alpha > 0
        gain, lift = np.exp(rng.normal(0, 0.45)), rng.normal(0, 14) + (rng.random() < 0.3) * rng.uniform(0, 90)
        shown += np.clip(gain * gray + lift * alpha, 0, 255 * alpha) - alpha * shown
    return np.clip(np.rint(shown), 0, 255).astype(np.uint8)


def hand(image: Image, points: npt.NDArray[np.float32], rng: np.random.Generator) -> Image:
    """A copy of a grey face with some fingers of the skin's own tone before cheek, chin, mouth or brow."""
    unit = float(eye_distance(points))
    skin = float(np.median(_around(image, points[30], 0.25 * unit)))
    center = points[rng.choice([2, 5, 8, 11, 14, 48, 54, 57, 33, 19, 24])] + rng.normal(0, 0.2, 2) * unit
    direction, width = rng.uniform(0, 2 * np.pi), rng.uniform(0.2, 0.32) * unit
    along = np.array([np.cos(direction), np.sin(direction)])
    across = np.array([-along[1], along[0]])
    shown = image.copy()
    tone = skin * rng.uniform(0.75, 1.2)
    count = int(rng.integers(2, 5))
    for finger in range(count):
        start = center + across * (finger - (count - 1) / 2) * width * 1.08 - along * rng.uniform(0.0, 0.35) * unit
        end = start + along * rng.uniform(1.2, 2.6) * unit
        for share, shade in ((1.0, 0.62), (0.84, 0.9), (0.5, 1.04)):
            color = float(np.clip(tone * shade * rng.uniform(0.97, 1.03), 0, 255))
            first, last = (tuple(np.rint(p).astype(int).tolist()) for p in (start, end))
            cv2.line(shown, first, last, color, max(1, round(width * share)), cv2.LINE_AA)
    return cv2.GaussianBlur(shown, (0, 0), 0.8) if rng.random() < 0.5 else shown


def _around(image: Image, center: npt.NDArray[np.floating], reach: float) -> Image:
    x, y = np.rint(center).astype(int)
    r = max(2, round(reach))
    patch = image[max(0, y - r) : y + r, max(0, x - r) : x + r]
    return patch if patch.size else image


def _placed(piece: _Piece, points: npt.NDArray[np.float32]) -> Matrix:
    target = points[list(piece.points)].astype(np.float64)
    if not piece.affine:
        return fit_similarity(piece.anchors, target)
    return fit_affine(piece.anchors, target)


def _nudge(on: npt.NDArray[np.float32], unit: float, rng: np.random.Generator) -> Matrix:
    x, y = on.mean(axis=0).tolist()
    to_x, to_y = (np.array([x, y]) + rng.normal(0, 0.04, 2) * unit).tolist()
    return similarity(float(np.exp(rng.normal(0, 0.07))), rng.normal(0, 0.04), (x, y), (to_x, to_y))


@lru_cache(maxsize=1)
def _pieces() -> tuple[tuple[_Piece, ...], npt.NDArray[np.float64]]:
    shares = np.array([share for _, share in _WORN.values()])
    return tuple(_read(pack, name, points) for (pack, name), (points, _) in _WORN.items()), shares / shares.sum()


def _read(pack: str, name: str, points: tuple[int, ...]) -> _Piece:
    folder, described = (FILTERS_DIR / pack, "filter.toml") if pack != _DRAWN else (DRESS_DIR, "pieces.toml")
    manifest = tomllib.loads((folder / described).read_text(encoding="utf-8"))
    layer: dict[str, Any] = next(layer for layer in manifest["layer"] if layer.get("image") == name)
    origin = np.array(layer.get("origin", _ORIGIN))
    eyes = float(layer.get("eye_distance", _EYE_DISTANCE)) / float(layer.get("scale", 1.0))
    bgra = cv2.imread(str(folder / name), cv2.IMREAD_UNCHANGED)
    if bgra is None:
        raise FileNotFoundError(folder / name)
    alpha = bgra[..., 3].astype(np.float32) / 255
    gray = cv2.cvtColor(np.ascontiguousarray(bgra[..., :3]), cv2.COLOR_BGR2GRAY).astype(np.float32) * alpha
    shrink = min(1.0, _ART_EYE_DISTANCE / eyes)
    size_wh = round(alpha.shape[1] * shrink), round(alpha.shape[0] * shrink)
    # A pixel's rim, so that what is warped fades out at the picture's own edge.
    gray, alpha = (
        cv2.copyMakeBorder(cv2.resize(a, size_wh, interpolation=cv2.INTER_AREA), 1, 1, 1, 1, cv2.BORDER_CONSTANT)
        for a in (gray, alpha)
    )
    down = np.array(layer.get("offset", [0.0, 0.0]))
    at = MEAN_FACE[list(points), :2] - down
    anchors = ((at * eyes + origin) + 0.5) * shrink - 0.5 + 1
    return _Piece(gray, alpha, anchors, points, points is _LOWER)
