"""Find faces with the project's own detector network (ONNX Runtime; no torch)."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt
import onnxruntime as ort

from assets import DEFAULT_DETECTOR
from model.arrays import Image
from model.crop import Region
from model.detection.haar import shrink_gray
from model.detection.info import DETECTOR_KEY, DetectorInfo, parse_detector_info
from model.detection.map_reader import COARSEST, PADDED, STRIDE, read_map
from model.detection.plan import SearchPlan
from model.errors import WeightsError
from model.geometry import Box
from model.weights.session import REMEDY, open_session, read_entry, understand_entry

MOST_FACES: Final = 64
"""A search proposes no more, the surest first."""
_CHANGE: Final = 10.0
"""Mean grey levels by which a cell of 8 x 8 pixels differs from all that was there or next to it, where it changed."""
_CUT: Final = 24.0
"""Mean change of the whole picture that is a cut to another scene."""
_MOVING: Final = 0.35
"""Share of the picture that changes where the camera itself moves."""
_MARGIN: Final = 4
"""Cells around what has changed that are searched with it."""
_COARSE_TURNS: Final = 4
"""While the camera moves, all but one in this many searches are made at half the size: smaller faces come later."""
_MOST_SKIPPED: Final = 7
"""After this many searches that found nothing changed one is made anyway."""
_SAME_SIZE: Final = 1.33
"""Proposals that differ by more in size are both tried: the keypoint network may only see a face in one of them."""
_SAME: Final = 0.35
"""Two peaks nearer than this many of the larger's sides are one face."""


@dataclass(frozen=True, slots=True)
class NetworkSearch:
    """One run of the network.

    Attributes:
        pixels: the frame is searched shrunk to about this many pixels; faces from 10 px there are found.
        watch: search only where the picture has changed since the last such search: a new face is a change. See
            `NetworkFaceDetector.watch`.
        least_score: lowest score that is proposed; None takes the detector's own.
    """

    pixels: int
    watch: bool = False
    least_score: float | None = None


QUICK_SEARCH: Final = NetworkSearch(320 * 180)
"""Finds faces from 5 % of the root of the frame's area up, for 2 ms."""
WATCHFUL_SEARCH: Final = NetworkSearch(QUICK_SEARCH.pixels, watch=True, least_score=0.3)
"""The same where something moves; surer, since faces that are missed are seen again in the next frames."""
STILL_SEARCHES: Final = (NetworkSearch(200 * 200), NetworkSearch(400 * 400))
"""For still images: from faces that fill the picture down to 3 % of its root."""
FINE_SEARCH: Final = NetworkSearch(800 * 800)
"""For still images in which the others find little."""
LITTLE: Final = 1
"""Faces up to which the fine search is made as well."""


@dataclass(frozen=True, slots=True)
class NetworkDetection:
    """A face that the network proposes.

    Attributes:
        region: where its 68 points are expected, with its roll.
        score: in [0, 1].
    """

    region: Region
    score: float


NETWORK_PLAN: Final = SearchPlan(
    none=(QUICK_SEARCH,),
    alert=(WATCHFUL_SEARCH,),
    calm=(WATCHFUL_SEARCH,),
    lost=QUICK_SEARCH,
    alert_s=1 / 15,
    calm_s=1 / 15,
    delay_s=0.0,
)
"""A new face is shown two frames after it came into view, at 30 frames a second."""


class NetworkFaceDetector:
    """Finds faces of any size from about 10 px of the searched picture up, turned, rolled, in hats and in the dark.

    Args:
        weights: a detector made by `python -m train --recipe detector`; by default the one that ships.
        threshold: lowest score that is proposed; None takes the weights' own.

    Raises:
        WeightsError: the file is missing, broken, or holds another model.
    """

    plan = NETWORK_PLAN

    def __init__(self, weights: Path = DEFAULT_DETECTOR, threshold: float | None = None) -> None:
        self._session = open_session(weights, DEFAULT_DETECTOR, lambda session, run: _first_run(session, run, weights))
        self.info = read_detector_info(self._session, weights)
        self._threshold = self.info.threshold if threshold is None else threshold
        self._seen: Image | None = None
        self._skipped = self._turn = 0

    def detect(self, image: Image) -> list[NetworkDetection]:
        """All faces of a (H, W, 3) BGR or (H, W) grey uint8 image, the surest first."""
        found: list[NetworkDetection] = []
        for search in (*STILL_SEARCHES, FINE_SEARCH):
            if search is FINE_SEARCH and len(found) > LITTLE:
                break
            found = distinct_detections([*found, *self.search(image, search)])
        return found

    def search(self, image: Image, search: NetworkSearch, ignore: Sequence[Box] = ()) -> list[NetworkDetection]:
        """The faces that one search finds in a (H, W, 3) BGR or (H, W) grey uint8 image, the surest first.

        Args:
            image: not changed.
            search: at which size.
            ignore: faces whose centres lie in these boxes, image pixels, are left out.
        """
        gray, scale = shrink_gray(image, search.pixels)
        least = self._threshold if search.least_score is None else max(search.least_score, self._threshold)
        found = self.watch(gray, scale, ignore) if search.watch else self.search_small(gray, scale)
        return [
            detection
            for detection in found
            if detection.score >= least and not any(_holds(box, detection.region) for box in ignore)
        ]

    def watch(self, gray: Image, scale: float, ignore: Sequence[Box] = ()) -> list[NetworkDetection]:
        """The faces where a film has changed since the last call.

        Nothing is searched where nothing has changed but in `ignore`, and only a part where only that has. After a cut
        all of it is; while the camera moves, mostly at half the size.

        Args:
            gray: (H, W) small picture.
            scale: its size over that of the image, whose pixels regions and boxes are given in.
            ignore: faces that are known.
        """
        few = (max(1, gray.shape[1] // STRIDE), max(1, gray.shape[0] // STRIDE))
        coarse: Image = cv2.resize(gray, few, interpolation=cv2.INTER_AREA)
        seen, self._seen, self._turn = self._seen, coarse, self._turn + 1
        if seen is None or seen.shape != coarse.shape:
            return self.search_small(gray, scale)
        cut = cv2.absdiff(seen, coarse).mean() > _CUT
        # What moves by up to a cell, as all does before a camera in a hand, is not a change.
        around = np.ones((3, 3), np.uint8)
        change = cv2.max(cv2.subtract(coarse, cv2.dilate(seen, around)), cv2.subtract(cv2.erode(seen, around), coarse))
        for box in ignore:
            # A head and its hair are larger than the box around its points.
            x0, y0, x1, y1 = (scale / STRIDE * v for v in (box.x0, box.y0, box.x1, box.y1))
            around_x, around_y = 0.35 * (x1 - x0), 0.5 * (y1 - y0)
            top, left = max(0, int(y0 - around_y)), max(0, int(x0 - around_x))
            change[top : max(0, int(y1 + around_y) + 1), left : max(0, int(x1 + around_x) + 1)] = 0
        part = _part(change >= _CHANGE, gray.shape)
        if part is None and self._skipped < _MOST_SKIPPED:
            self._skipped += 1
            self._seen = seen
            return []
        self._skipped = 0
        if part is None or cut:
            return self.search_small(gray, scale)
        if gray[part].size < _MOVING * gray.size:
            return self._search_part(gray, scale, part)
        if self._turn % _COARSE_TURNS:
            half = (max(1, gray.shape[1] // 2), max(1, gray.shape[0] // 2))
            return self.search_small(cv2.resize(gray, half, interpolation=cv2.INTER_AREA), scale / 2)
        return self.search_small(gray, scale)

    def _search_part(self, gray: Image, scale: float, part: tuple[slice, slice]) -> list[NetworkDetection]:
        """The faces in a part of the picture."""
        rows, columns = part
        found = []
        for detection in self.search_small(np.ascontiguousarray(gray[part]), scale):
            at = detection.region
            x, y = at.center_x + columns.start / scale, at.center_y + rows.start / scale
            found.append(NetworkDetection(Region(x, y, at.side, at.roll_rad), detection.score))
        return found

    def search_small(self, gray: Image, scale: float) -> list[NetworkDetection]:
        """The faces of a (H, W) grey picture, `scale` times the size of the image whose pixels regions are given in."""
        height, width = gray.shape
        padding = (0, -height % COARSEST, 0, -width % COARSEST)
        padded = cv2.copyMakeBorder(gray, *padding, cv2.BORDER_CONSTANT, value=PADDED)
        (maps,) = self._session.run(["maps"], {"pictures": padded[None, None]})
        found = []
        for peak in read_map(maps[0], self._threshold):
            if not (0 <= peak.x < width and 0 <= peak.y < height):
                continue
            x, y = (peak.x + 0.5) / scale - 0.5, (peak.y + 0.5) / scale - 0.5
            found.append(NetworkDetection(Region(x, y, peak.side / scale, peak.roll_rad), peak.score))
        return distinct_detections(found)[:MOST_FACES]


def _part(changed: npt.NDArray[np.bool_], shape: tuple[int, ...]) -> tuple[slice, slice] | None:
    """Rows and columns of a small picture around all cells that changed; None where none did."""
    if not changed.any():
        return None
    rows, columns = (
        slice(
            max(0, int(cells[0]) - _MARGIN) * STRIDE,
            min(extent, (int(cells[-1]) + 1 + _MARGIN) * STRIDE),
        )
        for extent, cells in zip(shape, (np.flatnonzero(changed.any(axis=axis)) for axis in (1, 0)), strict=True)
    )
    return rows, columns


def distinct_detections(found: Sequence[NetworkDetection]) -> list[NetworkDetection]:
    """Each face once, the surest first."""
    kept: list[NetworkDetection] = []
    for detection in sorted(found, key=lambda detection: -detection.score):
        if not any(same_place(detection.region, other.region, _SAME_SIZE) for other in kept):
            kept.append(detection)
    return kept


def same_place(region: Region, other: Region, size: float = 2.0) -> bool:
    """Whether two regions are proposals of one face, whose sides differ by less than the factor `size`."""
    distance = np.hypot(region.center_x - other.center_x, region.center_y - other.center_y)
    return bool(distance < _SAME * max(region.side, other.side) and 1 / size < region.side / other.side < size)


def read_detector_info(session: ort.InferenceSession, weights: Path) -> DetectorInfo:
    """What the loaded weights say of themselves, checked against the graph.

    Raises:
        WeightsError: it is another model, or made for another version of this program.
    """
    text = read_entry(session, weights, DETECTOR_KEY)
    names = [i.name for i in session.get_inputs()], [o.name for o in session.get_outputs()]
    if text is None or names != (["pictures"], ["maps"]):
        raise WeightsError(
            f"{weights} is an ONNX model, but not a face detector of this project; "
            "give one made by: python -m train --recipe detector"
        )
    kinds = session.get_inputs()[0].type, session.get_outputs()[0].type
    if kinds != ("tensor(uint8)", "tensor(float)"):
        raise WeightsError(f"{weights} takes and gives {', '.join(kinds)}, not bytes and numbers; {REMEDY}")
    return understand_entry(text, weights, parse_detector_info)


def _first_run(session: ort.InferenceSession, run: ort.RunOptions, weights: Path) -> None:
    read_detector_info(session, weights)
    pictures: npt.NDArray[Any] = np.zeros((1, 1, 2 * COARSEST, 3 * COARSEST), np.uint8)
    (maps,) = session.run(["maps"], {"pictures": pictures}, run)
    if maps.shape != (1, 5, 2 * COARSEST // STRIDE, 3 * COARSEST // STRIDE) or not np.isfinite(maps).all():
        raise WeightsError(f"the detector {weights} gives a map of the shape {maps.shape}, or no numbers; {REMEDY}")


def _holds(box: Box, region: Region) -> bool:
    return box.x0 <= region.center_x <= box.x1 and box.y0 <= region.center_y <= box.y1
