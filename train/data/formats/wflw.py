"""WFLW's list: 98 points, a box, attributes and the picture's name in a line; pictures in WFLW_images."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from train.data.formats.base import LabelledFace, Request, number, read_text
from train.errors import DatasetError

TO_68: Final = (
    *range(0, 33, 2),
    *range(33, 38),
    *range(42, 47),
    *range(51, 60),
    *(60, 61, 63, 64, 65, 67, 68, 69, 71, 72, 73, 75),
    *range(76, 96),
)
"""Which of WFLW's 98 points each of the 68 is (Wu et al., "Look at boundary", CVPR 2018, and its usual reduction)."""
_WORDS: Final = (207, 197)
"""In a line, with box and six attributes or without them."""


def read(request: Request) -> Iterator[LabelledFace]:
    """The faces of a list.

    Raises:
        DatasetError: it cannot be read, or a line is not one of WFLW's.
    """
    path = request.path
    folder = next((f / "WFLW_images" for f in path.absolute().parents if (f / "WFLW_images").is_dir()), None)
    request = request if request.images is not None else Request(path, folder)
    for count, line in enumerate(read_text(path).splitlines(), start=1):
        words = line.split()
        where = f"{path}, line {count}"
        if not words:
            continue
        if len(words) not in _WORDS:
            raise DatasetError(
                f"{where} holds {len(words)} words, where WFLW's lines hold {_WORDS[0]}, or {_WORDS[1]} without "
                "box and attributes; give one of its lists"
            )
        points = np.array([number(word, where, "a coordinate") for word in words[:196]]).reshape(98, 2)
        yield LabelledFace(request.picture(words[-1]), points[list(TO_68)], where)
