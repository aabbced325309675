"""The stack draws what the controls name."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from realtime.control.controls import Controls
from realtime.errors import FilterError
from realtime.filters.stack import FilterStack
from tests.realtime.filters.faces import face_at
from tests.realtime.filters.sample_packs import manifest_of


def canvas() -> np.ndarray:
    return np.full((360, 480, 3), 120, np.uint8)


def test_nothing_in_force_or_no_face_leaves_the_picture_alone() -> None:
    stack = FilterStack(Controls(filters=["sunglasses"]))
    picture = canvas()
    stack.apply(picture, [], 0.0)
    FilterStack(Controls(show_keypoints=False)).apply(picture, [face_at((240, 150))], 0.0)
    assert (picture == 120).all()


def test_filters_and_keypoints_are_drawn_where_the_face_is() -> None:
    controls = Controls(filters=["sunglasses"], show_keypoints=False)
    stack = FilterStack(controls)
    picture = canvas()
    stack.apply(picture, [face_at((240, 150))], 0.0)
    assert picture[150, 205].max() < 100, "the left lens is dark"
    assert (picture[200:, :] == 120).all(), "nothing below the glasses"
    controls.filters, controls.show_keypoints = [], True
    picture = canvas()
    stack.apply(picture, [face_at((240, 150))], 0.0)
    assert (picture[150 + 120 : 150 + 128, 236:244] != 120).any(), "a dot on the chin"
    assert (picture[:100] == 120).all()


@pytest.mark.parametrize(
    ("filters", "chosen", "dots"),
    [([], None, True), (["sunglasses"], None, False), (["sunglasses"], True, True), ([], False, False)],
)
def test_a_worn_filter_hides_the_keypoints_unless_they_are_chosen(
    filters: list[str], chosen: bool | None, dots: bool
) -> None:
    picture = canvas()
    FilterStack(Controls(filters, show_keypoints=chosen)).apply(picture, [face_at((240, 150))], 0.0)
    chin = picture[150 + 120 : 150 + 128, 236:244]
    assert bool((chin != 120).any()) is dots


def test_strength_weakens_what_is_drawn_but_never_what_hides_a_face() -> None:
    face = face_at((240, 150))
    for name, weaker in (("sunglasses", True), ("pixelate", False)):
        full, half, none = canvas(), canvas(), canvas()
        for picture, strength in ((full, 1.0), (half, 0.5), (none, 0.0)):
            picture[::2] = 60  # something to pixelate
            FilterStack(Controls([name], strength=strength)).apply(picture, [face], 0.0)
        plain = canvas()
        plain[::2] = 60
        change, less, least = (float(np.abs(picture.astype(int) - plain).sum()) for picture in (full, half, none))
        if weaker:
            assert 0 == least < less < change
        else:
            assert least == less == change > 0


def test_what_triggers_a_filter_is_reported_once_it_is_loaded() -> None:
    stack = FilterStack(Controls(["fire", "heart-eyes", "clown"]))
    assert [stack.hint(name) for name in ("fire", "heart-eyes", "clown", "dog")] == ["Open your mouth", "Smile", "", ""]


def test_a_nearer_face_is_drawn_over_a_farther_one() -> None:
    near, far = face_at((240, 150), 120, face_id=1), face_at((250, 150), 60, face_id=2)
    both, swapped = canvas(), canvas()
    FilterStack(Controls(filters=["sunglasses"])).apply(both, [near, far], 0.0)
    FilterStack(Controls(filters=["sunglasses"])).apply(swapped, [far, near], 0.0)
    assert np.array_equal(both, swapped)


def test_an_unknown_filter_is_refused_at_the_start() -> None:
    with pytest.raises(FilterError, match="no filter is called 'sunglass'"):
        FilterStack(Controls(filters=["sunglass"]))


def test_names_lists_what_can_be_chosen() -> None:
    assert "sunglasses" in [entry.name for entry in FilterStack(Controls()).catalogue]


class Clock:
    """Time that passes when it is told to."""

    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def dot_pack(folder: Path, color: str) -> None:
    folder.mkdir(exist_ok=True)
    layer = {"kind": "privacy", "style": "block", "color": color}
    (folder / "filter.toml").write_text(manifest_of([layer]), encoding="utf-8")


def shown(stack: FilterStack) -> list[int]:
    picture = canvas()
    stack.apply(picture, [face_at((240, 150))], 0.0)
    color: list[int] = picture[190, 240].tolist()
    return color


def test_a_changed_pack_is_shown_anew_and_a_broken_edit_keeps_the_last_good_one(tmp_path: Path) -> None:
    dot_pack(tmp_path / "dot", "#ff0000")
    controls, clock = Controls(filters=["dot"], show_keypoints=False), Clock()
    stack = FilterStack(controls, [tmp_path], clock)
    assert shown(stack) == [0, 0, 255]
    dot_pack(tmp_path / "dot", "#00ff00")
    os.utime(tmp_path / "dot" / "filter.toml", (1, 1))
    assert shown(stack) == [0, 0, 255], "not looked at yet"
    clock.now_s += 0.5
    assert shown(stack) == [0, 255, 0] and controls.message == "dot has changed and is shown again"
    (tmp_path / "dot" / "filter.toml").write_text("schema = 1\nlayer = 3\n", encoding="utf-8")
    clock.now_s += 0.5
    assert shown(stack) == [0, 255, 0]
    assert controls.message.startswith("dot/filter.toml: title: this key is missing")
    controls.message = ""
    clock.now_s += 0.5
    assert shown(stack) == [0, 255, 0] and controls.message == "", "told once"
    dot_pack(tmp_path / "dot", "#0000ff")
    clock.now_s += 0.5
    assert shown(stack) == [255, 0, 0]


def test_a_pack_that_goes_away_stays_on_the_face(tmp_path: Path) -> None:
    dot_pack(tmp_path / "dot", "#ff0000")
    controls, clock = Controls(filters=["dot"], show_keypoints=False), Clock()
    stack = FilterStack(controls, [tmp_path], clock)
    shutil.rmtree(tmp_path / "dot")
    clock.now_s += 0.5
    assert shown(stack) == [0, 0, 255] and "no filter is called 'dot'" in controls.message


def test_a_broken_filter_chosen_while_running_is_taken_off_and_told(tmp_path: Path) -> None:
    dot_pack(tmp_path / "bad", "red")
    controls = Controls(show_keypoints=False)
    stack = FilterStack(controls, [tmp_path])
    controls.filters = ["bad", "sunglasses"]
    assert shown(stack) == [120, 120, 120]
    assert controls.filters == ["sunglasses"]
    assert controls.message.startswith("bad/filter.toml: layer[0].color: 'red' is not a colour")
