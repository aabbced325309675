"""Head pose: known poses are found again, from noisy and speaking faces too, without jumps."""

import numpy as np
import numpy.typing as npt
import pytest

from model.keypoints import GROUPS, LEFT_EYE_OUTER, MIRROR, NAMED, RIGHT_EYE_OUTER
from model.mean_face import HEAD_POINTS, MEAN_FACE
from model.pose import HeadPose, angles_from_rotation, estimate_pose, rotation_from_angles

SIZE_WH = (640, 480)
CENTER = (319.5, 239.5)
FOCAL_PX = 640.0


def true_pose(
    yaw: float = 0, pitch: float = 0, roll: float = 0, at: tuple[float, float, float] = (0.4, -0.3, 8.0)
) -> HeadPose:
    """A pose given in degrees, before a camera as `estimate_pose` takes it to be."""
    rotation = rotation_from_angles(*np.deg2rad([yaw, pitch, roll]))
    return HeadPose(rotation, np.array(at), FOCAL_PX, CENTER)


def speaking(opening: float) -> npt.NDArray[np.float64]:
    """The mean face with its chin and lower lip dropped."""
    face = MEAN_FACE.copy()
    face[[*GROUPS["jaw"][5:12], *GROUPS["outer_lip"][7:], *GROUPS["inner_lip"][5:]], 1] += opening
    return face


def errors_deg(found: HeadPose, truth: HeadPose) -> npt.NDArray[np.float64]:
    return np.abs(np.rad2deg(np.subtract(found.angles_rad, truth.angles_rad)))


def test_the_mean_face_is_a_face() -> None:
    _, y, z = MEAN_FACE.T
    assert np.allclose(MEAN_FACE[MIRROR] * [-1, 1, 1], MEAN_FACE)
    assert np.allclose(MEAN_FACE[[LEFT_EYE_OUTER, RIGHT_EYE_OUTER]], [[-0.5, 0, 0], [0.5, 0, 0]])
    assert z.argmin() == NAMED["nose_tip"], "the nose tip is nearest to the viewer"
    assert z[NAMED["nose_tip"]] < z[NAMED["upper_lip_top"]] < z[NAMED["left_mouth_corner"]] < z[NAMED["left_temple"]]
    assert z[NAMED["left_eye_inner"]] > z[NAMED["nose_root"]] + 0.1, "the eyes lie deeper than the bridge"
    assert z[NAMED["left_temple"]] > 0.5
    assert y.argmax() == NAMED["chin"]
    assert not MEAN_FACE.flags.writeable


def test_head_points_surround_the_face() -> None:
    points = {name: np.array(point) for name, point in HEAD_POINTS.items()}
    brow_y = MEAN_FACE[list(GROUPS["left_brow"]), 1].min()
    for column in range(7):
        assert points[f"forehead_{column}"][1] < points[f"brow_up_{column}"][1] < MEAN_FACE[17, 1]
        mirrored = points[f"forehead_{6 - column}"] * [-1, 1, 1]
        assert np.allclose(points[f"forehead_{column}"], mirrored)
    assert points["crown"][1] < points["forehead_3"][1] < points["brow_up_3"][1] < brow_y
    assert points["left_ear"][0] < MEAN_FACE[NAMED["left_temple"], 0] < 0 < points["right_ear"][0]
    assert points["left_ear"][2] > MEAN_FACE[NAMED["left_temple"], 2]


@pytest.mark.parametrize(
    ("angle", "point", "axis", "sign"),
    [("yaw", "nose_tip", 0, 1), ("pitch", "nose_tip", 1, -1), ("roll", "chin", 0, -1)],
)
def test_signs_are_those_of_the_picture(angle: str, point: str, axis: int, sign: int) -> None:
    degrees = {"yaw": 0.0, "pitch": 0.0, "roll": 0.0, angle: 20.0}
    still = true_pose().project(MEAN_FACE)
    turned = true_pose(degrees["yaw"], degrees["pitch"], degrees["roll"]).project(MEAN_FACE)
    assert sign * (turned[NAMED[point]] - still[NAMED[point]])[axis] > 5


def test_angles_and_rotations_are_inverse() -> None:
    angles = np.deg2rad([50, -30, 140])
    rotation = rotation_from_angles(*angles)
    assert np.allclose(rotation @ rotation.T, np.eye(3))
    assert np.linalg.det(rotation) == pytest.approx(1)
    assert np.allclose(angles_from_rotation(rotation), angles)
    assert np.allclose(np.stack(angles_from_rotation(rotation[None]), axis=-1), angles), "works on stacks"


def test_a_frontal_looking_face_in_a_corner_is_frontal() -> None:
    centre, corner = (0.0, 0.0, 8.0), np.array([-2.5, 1.5, 8.0])
    x, y, z = corner / np.linalg.norm(corner)
    sight = np.linalg.qr(np.array([[x, 1, 0], [y, 0, 1], [z, 0, 0]]))[0][:, 0]
    # Turn the frontal head so that it looks along the line of sight to it.
    yaw, pitch = np.rad2deg(np.arctan2(-x, z)), np.rad2deg(np.arcsin(y))
    looking = true_pose(yaw=yaw, pitch=pitch, at=(float(corner[0]), float(corner[1]), 8.0))
    assert np.allclose(np.abs(looking.rotation[:, 2]), np.abs(sight), atol=1e-6)
    assert np.abs(np.rad2deg(looking.angles_rad)).max() < 3
    assert np.allclose(true_pose(at=centre).angles_rad, 0)


@pytest.mark.parametrize("yaw", [-60, -30, -8, 0, 8, 30, 60])
@pytest.mark.parametrize(("pitch", "roll"), [(0, 0), (25, 0), (-25, 0), (0, 45), (15, -30), (0, 170)])
def test_exact_projections_are_solved_exactly(yaw: float, pitch: float, roll: float) -> None:
    truth = true_pose(yaw, pitch, roll)
    found = estimate_pose(truth.project(MEAN_FACE).astype(np.float32), SIZE_WH)
    assert errors_deg(found, truth).max() < 0.5
    assert np.allclose(found.translation, truth.translation, atol=0.05)
    assert found.scale_px == pytest.approx(80, rel=0.01)
    assert np.allclose(found.project(MEAN_FACE), truth.project(MEAN_FACE), atol=0.3)


@pytest.mark.parametrize("yaw", [-60, -45, -20, 0, 20, 45, 60])
def test_yaw_within_5_degrees_in_noise_and_speech(yaw: float) -> None:
    rng = np.random.default_rng(int(yaw + 100))
    for trial in range(20):
        truth = true_pose(yaw, rng.uniform(-20, 20), rng.uniform(-30, 30))
        noise = rng.normal(0, 0.02 * truth.scale_px, (68, 2))
        found = estimate_pose(truth.project(speaking(0.025 * trial)) + noise, SIZE_WH)
        assert errors_deg(found, truth)[0] < 5


@pytest.mark.parametrize(("pitch", "roll"), [(-25, 0), (-10, 40), (0, -40), (10, 20), (25, 0)])
def test_pitch_and_roll_within_5_degrees_in_noise_and_speech(pitch: float, roll: float) -> None:
    rng = np.random.default_rng(int(pitch + 100))
    for trial in range(20):
        truth = true_pose(rng.uniform(-30, 30), pitch, roll)
        noise = rng.normal(0, 0.02 * truth.scale_px, (68, 2))
        found = estimate_pose(truth.project(speaking(0.025 * trial)) + noise, SIZE_WH)
        assert errors_deg(found, truth).max() < 5


def test_the_sliding_outline_of_the_far_jaw_does_not_matter() -> None:
    truth = true_pose(yaw=40)
    points = truth.project(MEAN_FACE)
    points[list(GROUPS["jaw"][9:])] += (0.25 * truth.scale_px, 0)
    assert errors_deg(estimate_pose(points, SIZE_WH), truth).max() < 1


@pytest.mark.parametrize("yaw", [-50, -35, -20, 0, 20, 35, 50])
def test_hair_over_the_temples_costs_less_than_4_degrees(yaw: float) -> None:
    """Both temples are seen at the hair's edge, 0.12 eye distances too far in."""
    truth = true_pose(yaw)
    points = truth.project(MEAN_FACE)
    for index, sign in ((0, 1), (1, 1), (15, -1), (16, -1)):
        points[GROUPS["jaw"][index], 0] += sign * 0.12 * truth.scale_px
    assert errors_deg(estimate_pose(points, SIZE_WH), truth)[0] < 4


@pytest.mark.parametrize("with_previous", [False, True])
def test_a_smooth_sweep_has_no_jumps(with_previous: bool) -> None:
    rng = np.random.default_rng(5)
    noise = rng.normal(0, 0.5, (68, 2))
    previous, last = None, None
    for step in range(241):
        phase = 2 * np.pi * step / 240
        truth = true_pose(60 * np.sin(phase), 20 * np.sin(2 * phase), 30 * np.cos(phase))
        found = estimate_pose(truth.project(speaking(0.1)) + noise, SIZE_WH, previous)
        angles = np.rad2deg(found.angles_rad)
        assert errors_deg(found, truth).max() < 5
        assert last is None or np.abs(angles - last).max() < 3.5
        last, previous = angles, found if with_previous else None


def test_a_wrong_previous_pose_is_overcome() -> None:
    truth = true_pose(yaw=-40, pitch=10)
    points = truth.project(MEAN_FACE)
    for wrong in (true_pose(yaw=60), true_pose(roll=150), true_pose(at=(-3, 2, 30.0)), true_pose(pitch=-80)):
        assert errors_deg(estimate_pose(points, SIZE_WH, wrong), truth).max() < 1


def test_cost_of_the_focal_assumption_is_small() -> None:
    """A telephoto picture and a tight crop are posed as well as a webcam's frame."""
    far = HeadPose(rotation_from_angles(0.5, 0.1, 0.2), np.array([0.0, 0.0, 20.0]), 1600.0, CENTER)
    points = far.project(MEAN_FACE)
    assert errors_deg(estimate_pose(points, SIZE_WH), far).max() < 4
    crop = points - points.min(axis=0) + 5
    found = estimate_pose(crop, (110, 130))
    assert errors_deg(found, far).max() < 5
    inner = slice(NAMED["nose_root"], NAMED["upper_lip_bottom"])
    assert np.abs(found.project(MEAN_FACE) - crop)[inner].max() < 0.03 * far.scale_px


def test_unprojecting_gives_the_frontal_face_back() -> None:
    pose = true_pose(yaw=50, pitch=-15, roll=70)
    assert np.allclose(pose.unproject(pose.project(MEAN_FACE)), MEAN_FACE[:, :2])
    assert np.isfinite(true_pose(yaw=89.9).unproject(np.zeros((68, 2)))).all()


@pytest.mark.parametrize(
    ("points", "message"),
    [
        (np.full((68, 2), np.nan), "68 finite points"),
        (np.zeros((5, 2)), "68 finite points"),
        (np.full((68, 2), 100.0), "points that are apart"),
        (np.random.default_rng(0).uniform(0, 400, (68, 2)), "do not look like a face"),
    ],
)
def test_points_that_are_no_face_are_refused(points: npt.NDArray[np.float64], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        estimate_pose(points, SIZE_WH)


def test_any_points_give_a_finite_pose_or_a_value_error() -> None:
    rng = np.random.default_rng(1)
    previous = true_pose()
    for trial in range(300):
        spread = 10.0 ** rng.uniform(-3, 5, 2)
        points = rng.normal(0, 1, (68, 2)) * spread + rng.uniform(-1e4, 1e4, 2)
        if trial % 3 == 0:
            points = true_pose(at=(0, 0, 10.0 ** rng.uniform(0.5, 2))).project(MEAN_FACE) * (1, rng.uniform(-1, 1))
        try:
            pose = estimate_pose(points, SIZE_WH, previous if trial % 2 else None)
        except ValueError:
            continue
        assert np.isfinite(pose.rotation).all()
        assert np.isfinite(pose.project(MEAN_FACE)).all()
        assert pose.scale_px > 0
