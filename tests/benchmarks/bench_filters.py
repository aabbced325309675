"""What each kind of layer costs: `python -m tests.benchmarks.bench_filters [--all]`.

One face that fills a third of the height of a 1280x720 frame, one core, nothing but the layer's own drawing; and the
same face in a 3840x2160 frame. `--all` times every filter that ships as well, pose and measures with it.
"""

import math
import sys
import time
from collections.abc import Callable
from functools import partial

import cv2
import numpy as np

from model.face import Face
from model.geometry import bounding_box
from model.mean_face import MEAN_FACE
from realtime.face_view import Viewer
from realtime.filters.filter import LayeredFilter, LayerUse
from realtime.filters.packs import registry
from realtime.filters.packs.manifest import filter_of
from tests.paths import ROOT
from tests.realtime.filters.sample_packs import KIND_SAMPLES, pack_of

LIMITS_MS = {
    "overlay": 1.5,
    "overlay affine": 1.5,
    "overlay posed": 1.5,
    "mask": 3.0,
    "makeup": 2.0,
    "warp": 2.0,
    "privacy pixelate": 1.0,
    "privacy blur": 1.0,
    "privacy block": 1.0,
    "grade": 1.0,
    "model": 3.0,
    "model, 2,000 triangles": 3.0,
}
FACE_HEIGHT = 1.6
"""Height of the points' box, eye distances."""


def a_face(center: tuple[float, float], height_px: float, face_id: int = 0) -> Face:
    """A face a little turned and rolled, whose points' box is `height_px` high."""
    cos, sin = np.cos(0.15), np.sin(0.15)
    points = MEAN_FACE[:, :2] * height_px / FACE_HEIGHT @ np.array([[0.97 * cos, 0.97 * sin], [-sin, cos]]) + center
    keypoints = points.astype(np.float32)
    return Face(keypoints, 0.9, face_id, bounding_box(keypoints))


def call_ms(call: Callable[[], object], rounds: int = 80) -> tuple[float, float]:
    """(median, smallest) milliseconds of processor time that a call takes.

    On a busy machine others empty the caches, so there the smallest is nearer to the layer's own cost.
    """
    times = []
    for _ in range(rounds):
        start = time.thread_time()
        call()
        times.append(time.thread_time() - start)
    return float(np.median(times)) * 1e3, min(times) * 1e3


def layer_ms(uses: LayeredFilter, size_wh: tuple[int, int], faces: list[Face]) -> tuple[float, float]:
    """(median, smallest) milliseconds that a filter's layers take, without finding the pose."""
    width, height = size_wh
    # A picture and not noise: a table of colours is as fast as its neighbours are alike.
    photo_bgr = cv2.imread(str(ROOT / "docs" / "portrait.jpg"))
    assert photo_bgr is not None
    canvas_bgr = cv2.resize(photo_bgr, (width, height))
    viewer = Viewer()
    # Two seconds of life first, so that as many particles fly as ever will, then on and on.
    seen = [viewer.views(faces, size_wh, index / 30) for index in range(160)]
    for views in seen[:60]:
        uses.draw(canvas_bgr, views)
    later = iter(seen[60:])
    return call_ms(lambda: uses.draw(canvas_bgr, next(later)))


def main() -> None:
    """Print the table."""
    cv2.setNumThreads(1)
    small, large = (1280, 720), (3840, 2160)
    face, small_face = a_face((640, 300), 240), a_face((640, 300), 120)
    print(f"{'ms':<24}{'720p: median':>13}{'least':>7}{'limit':>7}{'half face: least':>18}{'and in 4K':>11}")
    profile = [[0.9 + 0.25 * math.sin(0.3 * k), -0.04 * k] for k in range(27)]
    large_model = {"kind": "model", "offset": [0, -0.7, 0.87], "part": [{"lathe": profile, "sides": 38}]}
    for kind, layer in {**KIND_SAMPLES, "model, 2,000 triangles": large_model}.items():
        made = filter_of(pack_of([layer]))
        bare = LayeredFilter(tuple(LayerUse(use.layer, 1.0) for use in made.layers))
        count = 2 if kind == "swap" else 1
        faces = [face, a_face((300, 300), 240, 1)][:count]
        halves = [small_face, a_face((300, 300), 120, 1)][:count]
        figures = layer_ms(bare, small, faces), layer_ms(bare, small, halves), layer_ms(bare, large, halves)
        limit = f"{LIMITS_MS[kind]:.1f}" if kind in LIMITS_MS else "-"
        (median, least), (_, half), (_, in_4k) = figures
        print(f"{kind:<24}{median:>13.2f}{least:>7.2f}{limit:>7}{half:>18.2f}{in_4k:>11.2f}")
    median, least = call_ms(lambda: Viewer().views([face], small, 0.0))
    print(f"{'pose and measures':<18}{median:>13.2f}{least:>7.2f}      (without a last pose)")
    if "--all" in sys.argv[1:]:
        for name in sorted(registry.available()):
            shipped, canvas_bgr = registry.load(name), np.full((720, 1280, 3), 90, np.uint8)
            median, least = call_ms(partial(shipped.apply, canvas_bgr, [face], 0.0))
            print(f"{name:<18}{median:>13.2f}{least:>7.2f}")


if __name__ == "__main__":
    main()
