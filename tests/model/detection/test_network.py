"""The detector network that ships, on the public-domain portrait, and what it does with films and broken files."""

import shutil
from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest

from assets import DEFAULT_DETECTOR, DEFAULT_WEIGHTS
from model.detection.combined import CombinedFaceDetector, open_detector
from model.detection.haar import HaarFaceDetector
from model.detection.info import DETECTOR_KEY, DetectorInfo, detector_info_text, parse_detector_info
from model.detection.kinds import DetectorKind
from model.detection.network import QUICK_SEARCH, WATCHFUL_SEARCH, NetworkFaceDetector, NetworkSearch
from model.errors import WeightsError
from model.geometry import Box, similarity
from tests.model.detection.test_haar import portrait

CENTER, SIDE = (265.0, 230.0), 190.0
"""Of the portrait's points' box, about."""


@pytest.fixture(scope="module")
def detector() -> NetworkFaceDetector:
    return NetworkFaceDetector()


def placed(
    size_wh: tuple[int, int], side: float, roll_deg: float = 0.0, at: tuple[float, float] | None = None
) -> np.ndarray:
    """The portrait on grey, its face so large, in the middle or at a place."""
    middle = at or (size_wh[0] / 2, size_wh[1] / 2)
    move = similarity(side / SIDE, np.radians(roll_deg), CENTER, middle)
    background = (90, 100, 110)
    return np.asarray(cv2.warpAffine(portrait(), move, size_wh, flags=cv2.INTER_AREA, borderValue=background))


@pytest.mark.parametrize("side", [20, 60, 150, 330])
@pytest.mark.parametrize("roll_deg", [-50, 0, 35])
def test_the_face_is_found_where_it_is_with_its_size_and_roll(
    detector: NetworkFaceDetector, side: float, roll_deg: float
) -> None:
    best, *_ = detector.search(
        placed((320, 180) if side < 100 else (480, 400), side, roll_deg), NetworkSearch(320 * 200)
    )
    middle = (160, 90) if side < 100 else (240, 200)
    assert (
        np.hypot(best.region.center_x - middle[0], best.region.center_y - middle[1])
        < (0.25 if side > 20 else 0.4) * side
    )
    assert 0.7 < best.region.side / side < 1.4
    if side > 20:
        assert np.degrees(best.region.roll_rad) == pytest.approx(roll_deg, abs=18)


def test_it_is_found_in_the_dark_and_without_a_forehead(detector: NetworkFaceDetector) -> None:
    image = placed((320, 180), 70)
    assert detector.search((image * 0.1).astype(np.uint8), QUICK_SEARCH)[0].score > 0.3
    image[:70] = 200
    assert detector.search(image, QUICK_SEARCH)[0].score > 0.3


def test_grey_and_colour_give_the_same_and_nothing_is_found_in_nothing(detector: NetworkFaceDetector) -> None:
    image = placed((320, 180), 70)
    gray = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    assert detector.search(image, QUICK_SEARCH)[0].region.side == pytest.approx(
        detector.search(gray, QUICK_SEARCH)[0].region.side, rel=0.05
    )
    assert detector.detect(np.zeros((240, 320, 3), np.uint8)) == []
    assert detector.detect(np.zeros((5, 7, 3), np.uint8)) == []


def test_known_faces_are_left_out(detector: NetworkFaceDetector) -> None:
    image = placed((320, 180), 70)
    assert not [d for d in detector.search(image, QUICK_SEARCH, [Box(120, 50, 200, 130)]) if d.score > 0.5]


class Counting(NetworkFaceDetector):
    """Notes the sizes that it searches."""

    def __init__(self) -> None:
        super().__init__()
        self.sizes: list[tuple[int, ...]] = []

    def search_small(self, gray: np.ndarray, scale: float) -> list:  # type: ignore[type-arg]
        self.sizes.append(gray.shape)
        return super().search_small(gray, scale)


def test_a_film_that_stands_still_is_searched_now_and_then_only() -> None:
    detector, image = Counting(), placed((320, 180), 70)
    for _ in range(17):
        detector.search(image, WATCHFUL_SEARCH)
    assert detector.sizes == [(180, 320)] * 3


def test_a_face_that_comes_into_a_still_film_is_found_at_once_in_a_part_of_it() -> None:
    detector = Counting()
    empty = np.full((180, 320, 3), (90, 100, 110), np.uint8)
    detector.search(empty, WATCHFUL_SEARCH)
    came = detector.search(placed((320, 180), 22, at=(250, 120)), WATCHFUL_SEARCH)
    assert np.hypot(came[0].region.center_x - 250, came[0].region.center_y - 120) < 6
    assert detector.sizes[1][0] * detector.sizes[1][1] < 0.4 * 180 * 320


def test_a_known_face_may_move_without_a_search_and_a_cut_is_searched_whole() -> None:
    detector = Counting()
    for x in (150, 155, 160):
        detector.search(placed((320, 180), 50, at=(x, 90)), WATCHFUL_SEARCH, [Box(105, 40, 205, 140)])
    assert len(detector.sizes) == 1
    detector.search(255 - placed((320, 180), 30), WATCHFUL_SEARCH, [Box(130, 60, 200, 130)])
    assert detector.sizes[1:] == [(180, 320)]


def test_both_find_what_either_finds_and_each_runs_alone() -> None:
    both, haar, network = (open_detector(kind) for kind in DetectorKind)
    assert isinstance(both, CombinedFaceDetector)
    assert isinstance(haar, HaarFaceDetector) and isinstance(network, NetworkFaceDetector)
    rolled = placed((640, 480), 150, 50)
    assert both.detect(rolled) and network.detect(rolled)
    kinds = {type(search) for search in both.plan.alert}
    assert len(kinds) == 2 and both.search(rolled, QUICK_SEARCH)
    assert isinstance(open_detector(has_score=False), HaarFaceDetector)


def test_a_file_that_is_no_detector_is_named(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="not a face detector of this project"):
        NetworkFaceDetector(DEFAULT_WEIGHTS)
    with pytest.raises(WeightsError, match="does not exist"):
        NetworkFaceDetector(tmp_path / "none.onnx")
    copy = tmp_path / "copy.onnx"
    shutil.copy(DEFAULT_DETECTOR, copy)
    assert NetworkFaceDetector(copy).info.recipe == "detector"
    model = onnx.load(copy)
    next(entry for entry in model.metadata_props if entry.key == DETECTOR_KEY).value = '{"detector_format": 9}'
    onnx.save(model, copy)
    with pytest.raises(WeightsError, match="format 9, this program reads 1"):
        NetworkFaceDetector(copy)
    copy.write_bytes(copy.read_bytes()[:1000])
    with pytest.raises(WeightsError, match="ONNX model that can be read"):
        NetworkFaceDetector(copy)


def test_its_description_goes_there_and_back() -> None:
    info = DetectorInfo("detector", 0.25, "two images")
    assert parse_detector_info(detector_info_text(info)) == info
    for text in ("[]", "{}", '{"detector_format": 1}', "[" * 5000, " " * 20_000, detector_info_text(info)[:-1]):
        with pytest.raises(ValueError):
            parse_detector_info(text)
    with pytest.raises(ValueError, match="threshold"):
        DetectorInfo("detector", 2.0, "")


def test_the_weights_that_ship_are_small_and_described() -> None:
    assert DEFAULT_DETECTOR.stat().st_size < 1_000_000
    assert DETECTOR_KEY in {entry.key for entry in onnx.load(DEFAULT_DETECTOR).metadata_props}
    assert DEFAULT_DETECTOR.with_suffix(".md").is_file()
