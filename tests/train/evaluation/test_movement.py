"""Openings of mouth and eyes, from logs with a known movement."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from model.face_log import FaceLogError
from model.keypoints import GROUPS
from tests.train.exact import face_at
from train.errors import DatasetError
from train.evaluation.movement import OPENINGS, compare_movements, opening, points_by_frame

FRAMES = 40


def moving(mouth: float, eyes: float, x: float = 300) -> npt.NDArray[np.float64]:
    """(40, 68, 2) a face that talks and blinks, each by that many pixels and in a rhythm of its own."""
    frames = np.repeat(face_at(x, 200, 160)[None], FRAMES, axis=0)
    phase = np.arange(FRAMES) / FRAMES * 2 * np.pi
    frames[:, 66, 1] += mouth * (1 + np.sin(3 * phase))
    for name in ("left_eye", "right_eye"):
        for index in GROUPS[name][4:]:
            frames[:, index, 1] += eyes * np.cos(5 * phase)
    return frames


def write_log(path: Path, faces: list[npt.NDArray[np.float64]], first: int = 0) -> Path:
    columns = ",".join(f"{axis}{i}" for i in range(68) for axis in "xy")
    lines = [f"frame,time_s,face_id,score,{columns}"]
    for frame in range(FRAMES):
        for face_id, points in enumerate(faces):
            values = ",".join(f"{v:.4f}" for v in points[frame].ravel())
            lines.append(f"{frame + first},{frame / 30:.4f},{face_id},0.9,{values}")
    path.write_text("\n".join(lines) + "\n")
    return path


def test_openings_are_lid_and_lip_distances_over_the_eye_distance() -> None:
    face = face_at(300, 200, 160)[None]
    eyes = face[0, 45, 0] - face[0, 36, 0]
    lids = np.mean([face[0, b, 1] - face[0, a, 1] for a, b in ((37, 41), (38, 40), (43, 47), (44, 46))])
    assert opening(face, OPENINGS["eyes"])[0] == pytest.approx(lids / eyes)
    assert opening(face, OPENINGS["mouth"])[0] == pytest.approx((face[0, 66, 1] - face[0, 62, 1]) / eyes)


def test_half_the_movement_is_half_the_amplitude(tmp_path: Path) -> None:
    ours = write_log(tmp_path / "ours.csv", [moving(mouth=5, eyes=1)])
    theirs = write_log(tmp_path / "theirs.csv", [moving(mouth=10, eyes=4)])
    mouth, eyes = compare_movements(ours, theirs)
    assert (mouth.name, eyes.name, mouth.frames) == ("mouth", "eyes", FRAMES)
    assert mouth.correlation == pytest.approx(1, abs=1e-4) and mouth.amplitude == pytest.approx(0.5, abs=1e-3)
    assert eyes.amplitude == pytest.approx(0.25, abs=1e-3) and eyes.slope == pytest.approx(0.25, abs=1e-3)


def test_noise_raises_the_amplitude_and_not_the_slope(tmp_path: Path) -> None:
    noisy = moving(mouth=10, eyes=4)
    noisy[:, 66, 1] += np.random.default_rng(0).normal(0, 8, FRAMES)
    log = write_log(tmp_path / "noisy.csv", [noisy])
    mouth, _ = compare_movements(log, write_log(tmp_path / "b.csv", [moving(10, 4)]))
    assert mouth.amplitude > 1.1 and mouth.correlation < 0.9
    assert mouth.slope == pytest.approx(mouth.amplitude * mouth.correlation)


def test_two_faces_are_told_apart_by_place(tmp_path: Path) -> None:
    ours = write_log(tmp_path / "a.csv", [moving(10, 4, x=300), moving(2, 1, x=700)])
    theirs = write_log(tmp_path / "b.csv", [moving(2, 1, x=702), moving(10, 4, x=302)])
    mouth, eyes = compare_movements(ours, theirs)
    assert mouth.frames == 2 * FRAMES and mouth.correlation == pytest.approx(1, abs=1e-3)
    assert eyes.amplitude == pytest.approx(1, abs=1e-3)


def test_only_frames_in_both_count(tmp_path: Path) -> None:
    late = write_log(tmp_path / "late.csv", [moving(10, 4)], first=25)
    mouth, _ = compare_movements(write_log(tmp_path / "a.csv", [moving(10, 4)]), late)
    assert mouth.frames == 15


def test_logs_that_share_nothing(tmp_path: Path) -> None:
    a = write_log(tmp_path / "a.csv", [moving(10, 4, x=300)])
    for other in (
        write_log(tmp_path / "b.csv", [moving(10, 4, x=900)]),
        write_log(tmp_path / "c.csv", [moving(1, 1)], 99),
    ):
        with pytest.raises(DatasetError, match="share 0 frames with the same face"):
            compare_movements(a, other)


def test_a_face_that_never_moves(tmp_path: Path) -> None:
    still = write_log(tmp_path / "still.csv", [moving(0, 0)])
    with pytest.raises(DatasetError, match="the mouth never move"):
        compare_movements(still, write_log(tmp_path / "a.csv", [moving(10, 4)]))


def test_a_broken_log_is_named(tmp_path: Path) -> None:
    with pytest.raises(FaceLogError, match=r"log .*none\.csv: No such file"):
        points_by_frame(tmp_path / "none.csv")


def test_the_reference_logs_are_read(shared_dir: Path) -> None:
    log = shared_dir / "reference" / "selfie_woman_512.csv"
    for movement in compare_movements(log, log):
        assert movement.correlation == pytest.approx(1) and movement.slope == pytest.approx(1)
