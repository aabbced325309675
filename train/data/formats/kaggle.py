"""Kaggle's 15 points, 13 of which are among the 68, with the pictures' pixels in the file: written as PNG."""

from collections.abc import Iterator
from typing import Final

import numpy as np
import pandas as pd

from train.data.formats.base import LabelledFace, Request, no_points, number
from train.data.formats.pictures import NewPictures
from train.errors import DatasetError

TO_68: Final = {
    "right_eye_outer_corner": 36,
    "right_eye_inner_corner": 39,
    "left_eye_inner_corner": 42,
    "left_eye_outer_corner": 45,
    "right_eyebrow_outer_end": 17,
    "right_eyebrow_inner_end": 21,
    "left_eyebrow_inner_end": 22,
    "left_eyebrow_outer_end": 26,
    "nose_tip": 30,
    "mouth_right_corner": 48,
    "mouth_left_corner": 54,
    "mouth_center_top_lip": 51,
    "mouth_center_bottom_lip": 57,
}
"""Kaggle's names, whose left is the person's, and the point that each is; the eyes' centres are none of the 68."""
_SIDE_PX: Final = 96
_FEWEST: Final = 6
"""A row with fewer points teaches nothing."""


def read(request: Request, pictures: NewPictures) -> Iterator[LabelledFace]:
    """The faces of `training.csv`, whose pictures are written.

    Raises:
        DatasetError: it cannot be read.
        OutputError: a picture cannot be written.
    """
    path = request.path
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
    except (ValueError, OSError) as error:  # pandas' own errors are ValueErrors
        reason = str(error).strip().partition("\n")[0]
        raise DatasetError(
            f"{path} is not a CSV that can be read ({reason}); download Kaggle's training.csv again"
        ) from error
    wanted = ["Image", *(f"{name}_{axis}" for name in TO_68 for axis in "xy")]
    missing = [name for name in wanted if name not in table]
    if missing:
        raise DatasetError(
            f"{path} is not Kaggle's training.csv: it has no column {missing[0]}"
            f"{f' and {len(missing) - 1} more are missing' if len(missing) > 1 else ''}; give the file with all columns"
        )
    for row in range(len(table)):
        where = f"{path}, row {row + 2}"
        points = no_points()
        for name, index in TO_68.items():
            cells = [str(table[f"{name}_{axis}"].iat[row]).strip() for axis in "xy"]
            if all(cells):
                points[index] = [number(cell, where, f"{name}_{axis}") for cell, axis in zip(cells, "xy", strict=True)]
        if np.isfinite(points[:, 0]).sum() < _FEWEST:
            continue
        values = str(table["Image"].iat[row]).split()
        if len(values) != _SIDE_PX**2:
            raise DatasetError(
                f"{where}: {len(values)} pixels where {_SIDE_PX**2} are needed; download Kaggle's training.csv again"
            )
        gray = np.clip([number(value, where, "a pixel") for value in values], 0, 255).astype(np.uint8)
        image = pictures.write(f"face_{row}.png", gray.reshape(_SIDE_PX, _SIDE_PX))
        yield LabelledFace(image, points, where)
