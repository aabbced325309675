"""Draws the README's pictures again: `python -m docs.make_pictures`.

The face is that of matplotlib's public-domain portrait of Grace Hopper.
"""

import tempfile
from pathlib import Path

import cv2
import numpy as np

from realtime.controls import Controls
from realtime.filters.portrait import portrait
from realtime.filters.stack import FilterStack
from realtime.filters.tools import gallery

HERE = Path(__file__).resolve().parent
LOOKS = ((True, ()), (True, ("sunglasses",)), (False, ("tiger",)), (False, ("top-hat", "moustache")))


def main() -> None:
    """Write `portrait.jpg` and `filters.jpg` beside this file."""
    tiles = []
    for keypoints, names in LOOKS:
        base_bgr, face = portrait(150.0, (400, 480), (0.5, 0.52))
        canvas_bgr = base_bgr.copy()
        FilterStack(Controls(filters=list(names), show_keypoints=keypoints)).apply(canvas_bgr, [face], 0.0)
        tiles.append(canvas_bgr)
    cv2.imwrite(str(HERE / "portrait.jpg"), np.hstack(tiles), [cv2.IMWRITE_JPEG_QUALITY, 90])
    with tempfile.TemporaryDirectory() as folder:
        sheet = Path(folder) / "gallery.png"
        gallery(sheet, columns=8)
        picture = cv2.imread(str(sheet))
    assert picture is not None
    small = cv2.resize(picture, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    cv2.imwrite(str(HERE / "filters.jpg"), small, [cv2.IMWRITE_JPEG_QUALITY, 88])


if __name__ == "__main__":
    main()
