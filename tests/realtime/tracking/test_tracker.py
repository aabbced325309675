"""Finding and following, on faces whose motion is known."""

from typing import Any

import numpy as np
import pytest

from model.finder import FaceFinder
from model.keypoints import eye_distance
from realtime.frame import Frame
from realtime.tracking.tracker import FaceTracker, TrackerConfig
from tests.realtime.fake_faces import Motion, World, face_at, image_at, walk

RAW = TrackerConfig(smoothing=None)


def ids(faces: list[Any]) -> list[int]:
    return [face.face_id for face in faces]


def between(start_s: float, end_s: float, x: float = 300, y: float = 200) -> Motion:
    """A face that stands at (x, y), in view during that time only."""
    return lambda time_s: (x, y) if start_s <= time_s < end_s else None


def test_a_face_is_there_in_the_first_frame_with_its_points() -> None:
    ((_, faces),) = walk(World([between(0, 9)]), 1 / 30)
    assert ids(faces) == [0]
    np.testing.assert_allclose(faces[0].keypoints_px, face_at(300, 200), atol=1e-3)
    assert faces[0].score == pytest.approx(0.95)
    assert faces[0].box.width > 50


def test_a_moving_face_is_followed_without_the_cascade() -> None:
    world = World([lambda t: (150 + 250 * t, 200 + 40 * np.sin(6 * t))], blind=lambda t: t > 0)
    seen = walk(world, 1.4, config=RAW)
    assert all(ids(faces) == [0] for _, faces in seen)
    for time_s, faces in seen:
        world.time_s = time_s
        np.testing.assert_allclose(faces[0].keypoints_px, world.truth()[0], atol=1e-3)


def test_no_face_is_no_special_case() -> None:
    assert all(faces == [] for _, faces in walk(World([]), 1.0))


def test_the_overlay_is_gone_soon_after_the_face_left() -> None:
    seen = walk(World([between(0, 1)]), 2)
    assert all(faces == [] for time_s, faces in seen if time_s > 1.3)
    assert all(ids(faces) == [0] for time_s, faces in seen if time_s < 1)


def test_a_face_that_comes_back_is_shown_within_half_a_second_with_a_new_id_after_long() -> None:
    motion: Motion = lambda t: (300, 200) if t < 1 or t >= 4 else None  # noqa: E731
    seen = walk(World([motion]), 6)
    assert all(ids(faces) == [1] for time_s, faces in seen if time_s >= 4.5)


def test_a_face_that_comes_back_at_once_keeps_its_id() -> None:
    motion: Motion = lambda t: (300, 200) if t < 1 or t >= 1.5 else None  # noqa: E731
    seen = walk(World([motion]), 3)
    assert all(ids(faces) == [0] for time_s, faces in seen if time_s >= 2)


def test_one_bad_frame_does_not_flicker() -> None:
    motion: Motion = lambda t: None if 0.99 < t < 1.01 else (300, 200)  # noqa: E731
    assert all(ids(faces) == [0] for _, faces in walk(World([motion]), 2))


def test_a_second_face_is_found_while_the_first_is_followed() -> None:
    seen = walk(World([between(0, 9), between(1, 9, x=500)]), 2)
    assert all(ids(faces) == [0, 1] for time_s, faces in seen if time_s >= 1.5)


def test_a_face_that_comes_back_beside_another_is_shown_within_half_a_second() -> None:
    comes_and_goes: Motion = lambda t: (500, 200) if t < 1 or t >= 7.2 else None  # noqa: E731
    seen = walk(World([between(0, 99), comes_and_goes]), 9)
    assert all(len(faces) == 2 for time_s, faces in seen if time_s >= 7.7)


def test_ids_survive_a_short_occlusion() -> None:
    """One face passes before another that stands still, and hides it for a third of a second."""
    world = World([lambda t: (300, 200), lambda t: (100 + 200 * t, 205)])
    seen = walk(world, 2, config=RAW)
    place = {face.face_id: face.keypoints_px.mean(axis=0)[0] for face in seen[0][1]}
    assert any(len(faces) < 2 for _, faces in seen), "one was hidden"
    last = {face.face_id: face.keypoints_px.mean(axis=0)[0] for face in seen[-1][1]}
    assert set(last) == set(place) == {0, 1}
    moved = {face_id: abs(last[face_id] - x) for face_id, x in place.items()}
    assert sorted(m > 300 for m in moved.values()) == [False, True]
    assert min(moved.values()) < 5


def test_ids_survive_a_crossing() -> None:
    world = World([lambda t: (150 + 150 * t, 200), lambda t: (450 - 150 * t, 215)])
    seen = walk(world, 2, config=RAW)
    first, last = seen[0][1], seen[-1][1]
    start = {face.face_id: face.keypoints_px.mean(axis=0)[0] for face in first}
    end = {face.face_id: face.keypoints_px.mean(axis=0)[0] for face in last}
    assert set(start) == set(end) == {0, 1}
    for face_id, x in start.items():
        assert (x < 300) == (end[face_id] > 300)


def test_a_jump_is_followed_at_once() -> None:
    world = World([lambda t: (150, 200) if t < 1 else (280, 260)])
    late = [faces for time_s, faces in walk(world, 2) if time_s >= 1]
    assert all(ids(faces) == [0] for faces in late)
    np.testing.assert_allclose(late[0][0].keypoints_px, face_at(280, 260), atol=1e-3)


def test_no_more_faces_than_asked_for() -> None:
    world = World([between(0, 9, x=100 + 130 * i) for i in range(4)])
    assert len(walk(world, 0.5, config=TrackerConfig(max_faces=3))[-1][1]) == 3


def test_weights_without_a_score_need_the_cascade_now_and_then() -> None:
    world = World([between(0, 9)], blind=lambda t: t > 1)
    world.has_score = False
    seen = walk(world, 4)
    assert ids(seen[20][1]) == [0]
    assert seen[-1][1] == []


def test_weights_without_a_score_are_given_the_cascade_s_crops_and_not_their_own() -> None:
    world = World([lambda t: (200 + 60 * t, 200)])
    world.has_score = False
    # Points that lie low would, followed for themselves, be lower still in the next frame.
    world.error_px = (0.0, 12.0)
    seen = walk(world, 3, config=RAW)
    assert all(ids(faces) == [0] for _, faces in seen)
    world.time_s = seen[-1][0]
    np.testing.assert_allclose(seen[-1][1][0].keypoints_px, world.truth()[0] + world.error_px, atol=1)


def test_a_frame_of_another_size_starts_anew() -> None:
    from realtime.frame import Frame
    from realtime.tracking.tracker import FaceTracker

    world = World([between(0, 9)])
    tracker = FaceTracker(FaceFinder(world, world))
    assert ids(tracker.update(Frame(np.zeros((480, 640, 3), np.uint8), 0, 0.0))) == [0]
    assert ids(tracker.update(Frame(np.zeros((240, 320, 3), np.uint8), 1, 0.1))) == [1]


def test_a_still_noisy_face_stands_still() -> None:
    world = World([between(0, 99)], noise_px=0.006 / 2**0.5 * float(eye_distance(face_at(0, 0))))
    points = np.array([faces[0].keypoints_px for _, faces in walk(world, 4)][30:])
    shake = np.diff(points, 2, axis=0) / eye_distance(points[0])
    assert np.sqrt((shake**2).sum(axis=2).mean()) < 0.0025


def test_waiting_for_the_search_changes_no_result() -> None:
    """The second face is found by a search in the midst of the run, as early with the wait as without it."""

    def seen(wait: bool) -> list[list[int]]:
        world = World([between(0, 9), between(1, 9, x=500)])
        tracker = FaceTracker(FaceFinder(world, world))
        found = []
        for index in range(60):
            world.time_s = index / 30
            found.append(ids(tracker.update(Frame(image_at(world.time_s), index, world.time_s))))
            if wait:
                tracker.wait()
        tracker.close()
        return found

    assert seen(wait=True) == seen(wait=False)
    assert seen(wait=True)[-1] == [0, 1]
