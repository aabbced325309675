"""Find faces in an image with OpenCV's frontal-face Haar cascade."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from model.arrays import Image
from model.crop import Region, region_from_haar
from model.detection.plan import SearchPlan
from model.errors import DetectorError
from model.geometry import Box, Matrix, apply, compose, invert, similarity

CASCADE_NAME = "haarcascade_frontalface_default.xml"
"""Found a face in all of 600 training images; `alt` and `alt2` miss 1 % and raise fewer false alarms, which the
network's score drops anyhow."""

UNSCORED_NEIGHBORS = 4
"""Hits asked of the cascade where nothing after it can tell a face from what is none."""


@dataclass(frozen=True, slots=True)
class Detection:
    """A face the cascade found.

    Attributes:
        box: its square in image pixels, turned about its own centre by `roll_rad`.
        roll_rad: how far the face is rolled clockwise on the screen, roughly.
    """

    box: Box
    roll_rad: float

    @property
    def region(self) -> Region:
        """Where its 68 points are to be expected."""
        return region_from_haar(self.box, self.roll_rad)


@dataclass(frozen=True, slots=True)
class Search:
    """A share of the whole search, small enough not to stall a frame.

    Attributes:
        pixels: the frame is searched shrunk to about this many pixels.
        min_face_px, max_face_px: sizes looked for in that small frame; the cascade's own window is 24 px.
        scale_step: ratio of neighbouring sizes tried.
        roll_rad: the frame is first turned back by this, for faces rolled by about as much.
        half: 0 or 1 to search only the first or second half of the longer side (and a little beyond); None for all.
    """

    pixels: int
    min_face_px: int
    max_face_px: int
    scale_step: float
    roll_rad: float = 0.0
    half: int | None = None


UPRIGHT_SEARCHES = (
    Search(130 * 130, 24, 400, 1.2),
    Search(240 * 240, 30, 52, 1.2),
    Search(300 * 300, 24, 38, 1.2, half=0),
    Search(300 * 300, 24, 38, 1.2, half=1),
)
"""Together they find upright faces from 8 % of the root of the frame's area up; the first finds those from 18 % up,
for a fifth of what one search of all sizes costs."""
_HALF = 0.57
"""Share of the longer side that half a search sees: so much more than half that no face is cut by the border."""

ROLLED_SEARCHES = tuple(Search(130 * 130, 24, 400, 1.2, roll_rad=float(np.radians(degrees))) for degrees in (-32, 32))
"""For faces that the upright searches miss: the cascade loses a quarter of them at 20 degrees, nearly all past 30."""

THOROUGH_SEARCH = Search(240 * 240, 24, 400, 1.06)
"""For still images in which the others find nothing; too slow for a frame."""

HAAR_PLAN = SearchPlan(
    # Rolled faces are looked for only while there is no face at all: they are rare and cost as much.
    none=(UPRIGHT_SEARCHES[0], *ROLLED_SEARCHES, *UPRIGHT_SEARCHES[1:]),
    alert=UPRIGHT_SEARCHES,
    # While none was lost lately, large faces, those of people before a webcam, are looked for in every second slice.
    calm=tuple(part for small in UPRIGHT_SEARCHES[1:] for part in (UPRIGHT_SEARCHES[0], small)),
    lost=UPRIGHT_SEARCHES[0],
    alert_s=0.1,
    calm_s=1 / 6,
    delay_s=0.1,
    waits=True,
)
"""A further face is found within half a second where it is large, and about a second where it is small."""

DARK_MEAN = 60
"""Below this mean grey the light is evened before the search."""


def detector_for(has_score: bool) -> "HaarFaceDetector":
    """The detector that goes with a network: it asks for more hits where no score drops what is not a face.

    Raises:
        DetectorError: see `HaarFaceDetector`.
    """
    return HaarFaceDetector(min_neighbors=1 if has_score else UNSCORED_NEIGHBORS)


class HaarFaceDetector:
    """Finds frontal faces, upright or rolled by some tens of degrees.

    Args:
        cascade_path: a cascade file; by default OpenCV's own.
        min_neighbors: overlapping hits that make a face. One finds small faces too, which get few hits, and much that
            is not a face: right where a network's score drops that later. `UNSCORED_NEIGHBORS` is for networks without.

    Raises:
        DetectorError: the installed OpenCV has no cascade classifier, or its cascade file is missing or broken.
    """

    plan = HAAR_PLAN

    def __init__(self, cascade_path: Path | None = None, min_neighbors: int = 1) -> None:
        self._cascade = load_cascade(cascade_path)
        self._min_neighbors = min_neighbors

    def detect(self, image: Image) -> list[Detection]:
        """All faces of a (H, W, 3) BGR or (H, W) grey uint8 image; in each search the surest first.

        The thorough search is made only where nothing else is found.
        """
        found: list[Detection] = []
        for search in (*UPRIGHT_SEARCHES, *ROLLED_SEARCHES, THOROUGH_SEARCH):
            if found and search is THOROUGH_SEARCH:
                break
            for face in self.search(image, search):
                if all(face.box.iou(other.box) < 0.3 for other in found):
                    found.append(face)
        return found

    def search(self, image: Image, search: Search, ignore: Sequence[Box] = ()) -> list[Detection]:
        """The faces that one search finds in a (H, W, 3) BGR or (H, W) grey uint8 image; surest first.

        Args:
            image: not changed.
            search: what to look for.
            ignore: places of faces known already, in image pixels; the cascade spends most of its time on faces.
        """
        x, y, pixels = 0, 0, search.pixels
        if search.half is not None:
            image, x, y = _half(image, search.half)
            pixels = round(_HALF * pixels)
        gray, scale = shrink_gray(image, pixels)
        if gray.mean() < DARK_MEAN:
            gray = cv2.createCLAHE(clipLimit=4.0, tileGridSize=(4, 4)).apply(gray)
        # After the light was judged and evened, which a flat grey patch would spoil.
        for box in ignore:
            gray = _blanked(gray, box.moved(-x, -y).scaled(scale), copy=gray is image)
        to_gray = np.array([[scale, 0.0, (scale - 1) / 2 - scale * x], [0.0, scale, (scale - 1) / 2 - scale * y]])
        if search.roll_rad:
            gray, turn = _turned_back(gray, search.roll_rad)
            to_gray = compose(turn, to_gray)
        if min(gray.shape) < search.min_face_px:
            return []
        boxes, _, weights = self._cascade.detectMultiScale3(
            gray,
            scaleFactor=search.scale_step,
            minNeighbors=self._min_neighbors,
            minSize=(search.min_face_px, search.min_face_px),
            maxSize=(search.max_face_px, search.max_face_px),
            outputRejectLevels=True,
        )
        order = np.argsort(-np.asarray(weights, np.float64).ravel(), kind="stable")
        to_image = invert(to_gray)
        found = []
        for x, y, w, h in np.asarray(boxes, np.float64).reshape(-1, 4)[order]:
            center_x, center_y = apply(to_image, np.array([x + (w - 1) / 2, y + (h - 1) / 2]))
            half = max(w, h) / scale / 2
            box = Box(center_x - half, center_y - half, center_x + half, center_y + half)
            found.append(Detection(box, search.roll_rad))
        return found


def shrink_gray(image: Image, pixels: int) -> tuple[Image, float]:
    """A small grey copy to search, and its scale (its size over the image's); never enlarged.

    Args:
        image: (H, W, 3) BGR or (H, W) grey, uint8; not changed.
        pixels: about how many the copy has.
    """
    height, width = image.shape[:2]
    scale = min(1.0, (pixels / (width * height)) ** 0.5)
    if scale < 1:
        size_wh = (max(1, round(width * scale)), max(1, round(height * scale)))
        # Area averaging of a whole frame costs more than the search. Interpolating at a few times the size looks at a
        # few pixels only, and averaging those by a whole number is far faster than by any other.
        fine = int(np.clip(0.7 / scale, 1, 3))
        image = cv2.resize(image, (fine * size_wh[0], fine * size_wh[1]), interpolation=cv2.INTER_LINEAR)
    gray = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY) if image.ndim == 3 else image
    return (cv2.resize(gray, size_wh, interpolation=cv2.INTER_AREA) if scale < 1 else gray), scale


def _blanked(gray: Image, box: Box, copy: bool) -> Image:
    """`gray` with the middle of `box` made flat, so that no face is seen there."""
    inset_x, inset_y = 0.1 * box.width, 0.1 * box.height
    x0, x1 = (int(np.clip(x, 0, gray.shape[1])) for x in (box.x0 + inset_x, box.x1 - inset_x))
    y0, y1 = (int(np.clip(y, 0, gray.shape[0])) for y in (box.y0 + inset_y, box.y1 - inset_y))
    if copy:
        gray = gray.copy()
    gray[y0:y1, x0:x1] = 128
    return gray


def _half(image: Image, half: int) -> tuple[Image, int, int]:
    """One half of the longer side of `image`, a view, and where in `image` its first pixel lies."""
    height, width = image.shape[:2]
    if width >= height:
        x = half * (width - round(width * _HALF))
        return image[:, x : x + round(width * _HALF)], x, 0
    y = half * (height - round(height * _HALF))
    return image[y : y + round(height * _HALF)], 0, y


def _turned_back(gray: Image, roll_rad: float) -> tuple[Image, Matrix]:
    """`gray` turned by minus `roll_rad` on a canvas that holds all of it, and the map there."""
    height, width = gray.shape
    cos, sin = abs(np.cos(roll_rad)), abs(np.sin(roll_rad))
    size_wh = (int(width * cos + height * sin), int(width * sin + height * cos))
    center = ((width - 1) / 2, (height - 1) / 2)
    turn = similarity(1.0, -roll_rad, center, ((size_wh[0] - 1) / 2, (size_wh[1] - 1) / 2))
    return cv2.warpAffine(gray, turn, size_wh, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), turn


def load_cascade(path: Path | None = None) -> cv2.CascadeClassifier:
    """The cascade classifier, checked: OpenCV itself says nothing of a missing file.

    Raises:
        DetectorError: see `HaarFaceDetector`.
    """
    if not hasattr(cv2, "CascadeClassifier"):
        raise DetectorError(
            f"OpenCV {cv2.__version__} has no cascade classifier (version 5 dropped it); "
            'install one that has: pip install "opencv-python>=4.10,<5"'
        )
    path = path or Path(cv2.__file__).parent / "data" / CASCADE_NAME
    if not path.is_file():
        raise DetectorError(
            f"the face cascade {path} is missing; reinstall OpenCV: "
            'pip install --force-reinstall "opencv-python>=4.10,<5"'
        )
    cascade = cv2.CascadeClassifier()
    try:
        loaded = cascade.load(str(path))
    except (cv2.error, SystemError):  # what it does with a broken file differs from version to version
        loaded = False
    if not loaded:
        raise DetectorError(
            f"OpenCV cannot read the face cascade {path}; reinstall OpenCV: "
            'pip install --force-reinstall "opencv-python>=4.10,<5"'
        )
    return cascade
