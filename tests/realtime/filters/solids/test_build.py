"""Bodies from a few numbers: closed, looking outwards, rounded where they bend little."""

import math
from dataclasses import replace

import numpy as np
import pytest

from realtime.filters.solids.body import MAX_TRIANGLES, Body, Surface, joined
from realtime.filters.solids.build import lathe, sweep

WHITE = (1.0, 1.0, 1.0, 1.0)
PLAIN = Surface()
CYLINDER = [(0.0, 0.0), (1.0, 0.0), (1.0, -1.0), (0.0, -1.0)]


def face_normals(body: Body) -> np.ndarray:
    corners = body.vertices[body.triangles]
    return np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])


def volume(body: Body) -> float:
    corners = body.vertices[body.triangles]
    return float((corners[:, 0] * np.cross(corners[:, 1], corners[:, 2])).sum() / 6)


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        (lathe(CYLINDER, 48, WHITE, PLAIN), math.pi),
        (
            lathe(
                [(0, 1), *((math.sin(a), math.cos(a)) for a in np.linspace(0.1, 3.0, 20)), (0, -1)], 48, WHITE, PLAIN
            ),
            4.19,
        ),
        (
            sweep(
                [(math.cos(a), math.sin(a), 0) for a in np.linspace(0, 6.2832, 49)], 0.1, 16, WHITE, PLAIN, closed=True
            ),
            0.197,
        ),
        (sweep([(0, 0, 0), (0, 0, 0.5), (0, 0.5, 1)], 0.1, 16, WHITE, PLAIN), 0.037),
    ],
)
def test_bodies_are_closed_and_look_outwards(body: Body, wanted: float) -> None:
    assert volume(body) == pytest.approx(wanted, rel=0.05)
    assert np.allclose(np.linalg.norm(body.normals, axis=1), 1, atol=1e-6)
    agree = (face_normals(body) * body.normals[body.triangles].mean(axis=1)).sum(axis=1)
    assert (agree > 0).all()


def test_edges_stay_sharp_and_bends_are_rounded() -> None:
    cylinder = lathe(CYLINDER, 24, WHITE, PLAIN)
    rim = np.isclose(np.hypot(cylinder.vertices[:, 0], cylinder.vertices[:, 2]), 1) & (cylinder.vertices[:, 1] == -1)
    assert set(cylinder.normals[rim, 1].round(6)) == {0.0, -1.0}
    bent = lathe([(1, 0), (1, -1), (0.9, -2)], 24, WHITE, PLAIN)
    middle = bent.vertices[:, 1] == -1
    assert len(set(bent.normals[middle, 1].round(6))) == 1


def test_a_ring_does_not_twist() -> None:
    path = [(math.cos(a), 0.4 * math.sin(2 * a), math.sin(a)) for a in np.linspace(0, 6.2832, 33)]
    ring = sweep(path, 0.1, 8, WHITE, PLAIN, closed=True)
    longest = np.linalg.norm(np.diff(ring.vertices[ring.triangles], axis=1), axis=2).max()
    assert longest < 0.4


def test_what_makes_no_body_is_reported() -> None:
    with pytest.raises(ValueError, match="two places apart; add one"):
        lathe([(1, 0), (1, 0)], 8, WHITE, PLAIN)
    with pytest.raises(ValueError, match="two places apart; add one"):
        sweep([(0, 0, 0), (0, 0, 0)], 0.1, 8, WHITE, PLAIN)
    with pytest.raises(ValueError, match="three places apart; add one"):
        sweep([(0, 0, 0), (1, 0, 0)], 0.1, 8, WHITE, PLAIN, closed=True)
    with pytest.raises(ValueError, match=f"more than {MAX_TRIANGLES}"):
        joined([lathe(CYLINDER, 96, WHITE, PLAIN)] * 12)
    with pytest.raises(ValueError, match="at least one part"):
        joined([])


def test_a_body_checks_its_numbers() -> None:
    good = lathe(CYLINDER, 8, WHITE, PLAIN)
    with pytest.raises(ValueError, match="finite"):
        replace(good, vertices=good.vertices * np.nan)
    with pytest.raises(ValueError, match="not there"):
        replace(good, triangles=good.triangles + 1000)
    with pytest.raises(ValueError, match="do not fit"):
        replace(good, vertices=good.vertices[1:])
