"""The cascade, on the public-domain portrait that matplotlib carries."""

import importlib.util
from pathlib import Path

import cv2
import numpy as np
import pytest

from model.detection.haar import DARK_MEAN, UPRIGHT_SEARCHES, HaarFaceDetector, load_cascade, shrink_gray
from model.errors import DetectorError
from model.geometry import similarity


def portrait() -> np.ndarray:
    """(600, 512, 3) BGR; the face is about 230 px wide around (265, 215)."""
    spec = importlib.util.find_spec("matplotlib")
    assert spec is not None
    assert spec.origin is not None
    image = cv2.imread(str(Path(spec.origin).parent / "mpl-data" / "sample_data" / "grace_hopper.jpg"))
    assert image is not None
    result: np.ndarray = image
    return result


@pytest.fixture(scope="module")
def detector() -> HaarFaceDetector:
    return HaarFaceDetector()


@pytest.mark.parametrize("size_wh", [(512, 600), (1024, 1200), (200, 234)])
def test_the_portrait_s_face_is_found_at_any_size(detector: HaarFaceDetector, size_wh: tuple[int, int]) -> None:
    scale = size_wh[0] / 512
    face, *_ = detector.detect(cv2.resize(portrait(), size_wh, interpolation=cv2.INTER_AREA))
    np.testing.assert_allclose(np.array(face.box.center) / scale, (265, 215), atol=15)
    assert face.roll_rad == 0


@pytest.mark.parametrize("degrees", [-35, 35])
def test_a_rolled_face_is_found_with_its_roll(detector: HaarFaceDetector, degrees: int) -> None:
    turn = similarity(0.7, np.radians(degrees), (265, 215), (300, 300))
    turned = cv2.warpAffine(portrait(), turn, (600, 600), borderMode=cv2.BORDER_REPLICATE)
    rolled = [face for face in detector.detect(turned) if face.roll_rad]
    assert np.degrees(rolled[0].roll_rad) == pytest.approx(degrees, abs=8)
    np.testing.assert_allclose(rolled[0].box.center, (300, 300), atol=20)


def test_a_dark_face_is_found(detector: HaarFaceDetector) -> None:
    rng = np.random.default_rng(0)
    noisy = portrait() * 0.12 + rng.normal(0, 2, (600, 512, 3))
    dark = np.clip(noisy, 0, 255).astype(np.uint8)
    assert dark.mean() < DARK_MEAN
    assert detector.detect(dark)


def test_nothing_is_found_in_nothing(detector: HaarFaceDetector) -> None:
    assert detector.detect(np.zeros((480, 640, 3), np.uint8)) == []
    assert detector.detect(np.zeros((5, 7, 3), np.uint8)) == []


def test_one_slice_finds_its_own_sizes_only(detector: HaarFaceDetector) -> None:
    assert detector.search(portrait(), UPRIGHT_SEARCHES[0])
    assert all(face.box.width < 120 for face in detector.search(portrait(), UPRIGHT_SEARCHES[2]))


def test_the_search_image_is_small_grey_and_leaves_the_frame_alone() -> None:
    frame = portrait()
    frame.setflags(write=False)
    gray, scale = shrink_gray(frame, 100 * 100)
    assert gray.ndim == 2
    assert gray.size == pytest.approx(10_000, rel=0.03)
    assert scale == pytest.approx(gray.shape[1] / 512, rel=0.01)
    same, one = shrink_gray(frame[:50, :50], 100 * 100)
    assert (same.shape, one) == ((50, 50), 1.0)


def test_a_missing_or_broken_cascade_is_named(tmp_path: Path) -> None:
    with pytest.raises(DetectorError, match="is missing"):
        load_cascade(tmp_path / "none.xml")
    broken = tmp_path / "broken.xml"
    broken.write_text("<opencv_storage></opencv_storage>")
    with pytest.raises(DetectorError, match="cannot read the face cascade"):
        load_cascade(broken)


def test_opencv_5_is_named_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(cv2, "CascadeClassifier")
    with pytest.raises(DetectorError, match=r"opencv-python>=4\.10,<5"):
        load_cascade()


def test_known_faces_are_not_found_again_and_the_image_is_left_alone(detector: HaarFaceDetector) -> None:
    image = cv2.resize(cv2.cvtColor(portrait(), cv2.COLOR_BGR2GRAY), (110, 130), interpolation=cv2.INTER_AREA)
    image.setflags(write=False)
    face = detector.search(image, UPRIGHT_SEARCHES[0])[0]
    others = detector.search(image, UPRIGHT_SEARCHES[0], [face.box])
    assert all(other.box.iou(face.box) < 0.1 for other in others)


@pytest.mark.parametrize("size_wh", [(1280, 720), (720, 1280)])
def test_halves_find_small_faces_where_they_are(detector: HaarFaceDetector, size_wh: tuple[int, int]) -> None:
    small = cv2.resize(portrait(), None, fx=0.42, fy=0.42, interpolation=cv2.INTER_AREA)
    height, width = small.shape[:2]
    for x, y in ((20, 30), ((size_wh[0] - width) // 2, (size_wh[1] - height) // 2)):
        frame = np.full((size_wh[1], size_wh[0], 3), 90, np.uint8)
        frame[y : y + height, x : x + width] = small
        boxes = [face.box for search in UPRIGHT_SEARCHES[2:] for face in detector.search(frame, search)]
        truth = (x + 0.42 * 265, y + 0.42 * 215)
        assert min(float(np.hypot(*np.subtract(box.center, truth))) for box in boxes) < 8
