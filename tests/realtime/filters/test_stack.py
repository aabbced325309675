"""The stack draws what the controls name."""

import numpy as np
import pytest

from realtime.controls import Controls
from realtime.errors import FilterError
from realtime.filters.stack import FilterStack
from tests.realtime.filters.faces import face_at


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


def test_a_nearer_face_is_drawn_over_a_farther_one() -> None:
    near, far = face_at((240, 150), 120, face_id=1), face_at((250, 150), 60, face_id=2)
    both, swapped = canvas(), canvas()
    stack = FilterStack(Controls(filters=["sunglasses"]))
    stack.apply(both, [near, far], 0.0)
    stack.apply(swapped, [far, near], 0.0)
    assert np.array_equal(both, swapped)


def test_an_unknown_filter_is_refused_at_the_start() -> None:
    with pytest.raises(FilterError, match="no filter is called 'sunglass'"):
        FilterStack(Controls(filters=["sunglass"]))


def test_names_lists_what_can_be_chosen() -> None:
    assert "sunglasses" in FilterStack(Controls()).names
