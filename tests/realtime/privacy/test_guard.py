"""What a privacy filter covers when detectors see less than there is."""

from collections.abc import Sequence
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from model.arrays import Image
from model.finder import open_finder
from realtime.api import Recording
from realtime.assembly import Look
from realtime.batch.job import Job, annotate_file
from realtime.face_view import FaceView
from realtime.frame import Frame
from realtime.privacy.cover import Cover, coarse_gray, cover_square, is_cut
from realtime.privacy.guard import HOLD_S, PrivacyGuard
from realtime.privacy.look_ahead import PlannedGuard, plan_covers
from realtime.sources.demo import load_portrait
from tests.realtime.filters.faces import face_at
from tests.realtime.filters.test_kinds import view_of

WALL = np.random.default_rng(0).integers(0, 255, (9, 16, 3), np.uint8)
HEAD = Cover(200, 150, 40, 50)


def scene(number: int = 0) -> Image:
    """A picture of its own for each number."""
    wall = np.roll(WALL, 5 * number, axis=(0, 1)) if number % 2 == 0 else 255 - WALL
    return np.asarray(np.kron(wall, np.ones((40, 40, 1), np.uint8)))


class Script:
    """Sees what it is told to, frame by frame."""

    def __init__(self, network: Sequence[list[Cover]], cascades: Sequence[list[Cover]] = ()) -> None:
        self._network, self._cascades = iter(network), iter(cascades)

    def by_network(self, image: Image) -> list[Cover]:
        return next(self._network, [])

    def by_cascades(self, image: Image) -> list[Cover]:
        return next(self._cascades, [])


def views(shown: bool) -> list[FaceView]:
    return [view_of(face_at((200, 160)))] if shown else []


def test_what_anything_sees_is_covered_and_each_head_once() -> None:
    guard = PrivacyGuard(Script([[HEAD]], [[HEAD.moved(3, 2).grown(1.2), Cover(500, 100, 20, 25)]]), live=False)
    covers = guard.update(scene(), [], 0.0)
    assert len(covers.ovals) == 2 and not covers.unsure
    assert covers.ovals[0].half_width == pytest.approx(48), "the larger of two covers of one head"


def test_a_lost_head_stays_covered_growing_for_a_second() -> None:
    guard = PrivacyGuard(Script([[HEAD]]), live=False)
    widths = []
    for index in range(36):
        ovals = guard.update(scene(), [], index / 30).ovals
        widths.append(ovals[0].half_width if ovals else 0.0)
    assert widths[0] == 40 and widths[15] > 50 and widths == sorted(widths[:31]) + [0.0] * 5
    assert HOLD_S >= 1


def test_a_face_that_was_visible_and_is_not_makes_the_frame_unsure() -> None:
    guard = PrivacyGuard(Script([]), live=False)
    unsure = [guard.update(scene(), views(index < 6), index / 30).unsure for index in range(44)]
    assert not any(unsure[:11]) and all(unsure[13:35]) and not unsure[43]


def test_one_that_leaves_at_the_border_or_was_never_tracked_does_not() -> None:
    network = [[Cover(20 - 5 * index, 150, 40, 50)] for index in range(5)]
    guard = PrivacyGuard(Script(network), live=False)
    assert not any(guard.update(scene(), [], index / 30).unsure for index in range(30))


def test_a_cut_forgets_the_old_scene_and_live_covers_all_until_the_cascades_have_looked() -> None:
    guard = PrivacyGuard(Script([[HEAD]] + [[]] * 400, [[]] * 400), live=True)
    assert guard.update(scene(0), [], 0.0).unsure
    for index in range(1, 200):
        if not guard.update(scene(0), [], index / 1000).unsure:
            break
    assert guard.update(scene(0), [], 0.2).ovals
    after = guard.update(scene(1), [], 0.21)
    assert after.unsure and not after.ovals
    guard.close()


def test_cuts_are_told_from_movement() -> None:
    image = scene(0)
    assert is_cut(coarse_gray(scene(0)), coarse_gray(scene(1)))
    assert not is_cut(coarse_gray(image), coarse_gray(np.roll(image, 6, axis=1)))
    assert not is_cut(coarse_gray(image), coarse_gray((image * 0.95).astype(np.uint8)))


def frames(count: int, cut: int, head: int | None = None) -> list[Frame]:
    """Two scenes; in the second a textured head moves by two pixels a frame."""
    rng = np.random.default_rng(1)
    face = np.kron(rng.integers(0, 255, (10, 8, 1), np.uint8), np.ones((10, 10, 3), np.uint8))
    images = []
    for index in range(count):
        image = scene(0 if index < cut else 1).copy()
        if index >= cut:
            x = 160 + 2 * (index - cut)
            image[100:200, x : x + 80] = face
        images.append(Frame(image, index, index / 30))
    return images


def test_a_face_that_is_found_late_is_covered_back_to_the_cut_and_on_to_the_next() -> None:
    """The head is seen in frames 20 to 24 of a scene that goes from 10 to 39."""
    seen = [[Cover(200 + 2 * (i - 10), 150, 40, 50)] if 20 <= i < 25 else [] for i in range(40)]
    plan = plan_covers(frames(40, 10), Script(seen))
    assert len(plan.ovals) == 40 and plan.ahead == 25
    assert not any(plan.ovals[:10])
    for index in range(10, 40):
        assert any(oval.holds(200 + 2 * (index - 10), 150) and oval.half_width < 60 for oval in plan.ovals[index])
        middle = plan.ovals[index][0]
        assert abs(middle.x - (200 + 2 * (index - 10))) < 6, "it is followed, not only held"


def test_what_was_seen_once_is_covered_briefly() -> None:
    plan = plan_covers(frames(40, 10), Script([[HEAD] if index == 25 else [] for index in range(40)]))
    assert [bool(ovals) for ovals in plan.ovals].count(True) < 20


def test_a_plan_is_given_out_a_frame_at_a_time_with_the_tracked_faces() -> None:
    plan = plan_covers(frames(12, 10), Script([[HEAD]] * 12))
    guard = PlannedGuard(plan)
    assert len(guard.update(scene(), [], 0.0).ovals) == 1
    assert len(guard.update(scene(), views(True), 0.1).ovals) == 2
    for _ in range(20):
        guard.update(scene(), [], 1.0)
    guard.close()


def test_an_oval_holds_what_lies_in_it() -> None:
    oval = Cover(100, 100, 20, 40, np.pi / 2)
    assert oval.holds(135, 100) and not oval.holds(100, 135)
    assert all(oval.grown(1.01).holds(*place) for place in oval.outline().tolist())
    assert cover_square(50, 50, 40).holds(50, 80)
    assert Cover(5, 5, 20, 20).leaves(100, 100) and not Cover(50, 50, 20, 20).leaves(100, 100)


def test_a_video_with_a_privacy_filter_is_looked_through_first(tmp_path: Path) -> None:
    """The portrait is there from the second scene on: its first frames are covered as well."""
    wall, portrait = scene(0), cv2.resize(load_portrait(), (320, 360))
    with Recording(tmp_path / "clip.mp4") as recording:
        for index in range(20):
            image = wall.copy()
            if index >= 6:
                image[:, 160:480] = portrait
            recording.write(image, index / 25)
    result = annotate_file(Job(0, tmp_path / "clip.mp4", tmp_path / "out.mp4", look=Look(("pixelate",))))
    assert result.frames == 20 and result.covered_ahead is not None
    with av.open(str(tmp_path / "out.mp4")) as container:
        shown = [frame.to_ndarray(format="bgr24") for frame in container.decode(video=0)]
    finder = open_finder()
    assert not any(finder.find(np.ascontiguousarray(image)) for image in shown)
    assert np.abs(shown[2].astype(int) - wall).mean() < 12, "the first scene is left as it is"
