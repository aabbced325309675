"""`python -m train measure-faces`: the lengths of labelled faces that the scales of `model.measures` were chosen by."""

from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from model.convention import PEOPLE, to_drawn
from model.measures import SCALES, Lengths, lengths
from model.pose import estimate_pose
from train.data.label_offset import LabelOffset
from train.errors import DatasetError

if TYPE_CHECKING:
    from train.data.annotations import Annotations

FEWEST: Final = 10
_SHARES: Final = (0.01, 0.5, 0.99)
_WORDS: Final = {
    "lips": "inner lips apart",
    "corners": "mouth's corners above its middle",
    "brows": "brows above the eyes",
    "left_lids": "left lids apart",
    "right_lids": "right lids apart",
    "lip": "lower lip below the nose",
    "chin": "chin below the nose",
    "mouth": "width of the mouth",
}


def measure_lengths(points_px: npt.NDArray[np.float64], size_wh: tuple[int, int]) -> list[Lengths]:
    """Lengths of (N, 68, 2) faces of pictures that large; faces without a pose, or not labelled whole, are left out."""
    found = []
    for points in points_px:
        if np.isfinite(points).all():
            try:
                found.append(lengths(points, estimate_pose(points.astype(np.float32), size_wh)))
            except ValueError:
                continue
    return found


def describe_faces(annotations: "Annotations", label_offset: bool) -> str:
    """The lengths' 1 %, median and 99 % over the labelled faces, beside what is 0 and 1 in the code.

    Args:
        annotations: the faces.
        label_offset: the labels have the dataset's bias and convention, which are taken out.

    Raises:
        DatasetError: too few faces are labelled whole.
    """
    from train.evaluation.report import table

    points = annotations.labels_px
    if label_offset:
        points = to_drawn(points - LabelOffset().at(points), PEOPLE)
    # As if in the middle of a picture thrice as large as the face: crops of faces say nothing of where the camera was.
    low, size = points.min(axis=1, keepdims=True), np.ptp(points, axis=1).max(axis=1)
    centred = (points - low) / size[:, None, None] * 100 + 100
    found = measure_lengths(centred, (300, 300))
    if len(found) < FEWEST:
        raise DatasetError(
            f"{annotations.csv_path} labels {len(found)} faces whole, and {FEWEST} are needed; give one of more"
        )
    rows = np.array(found)
    cells = []
    for index, name in enumerate(Lengths._fields):
        low_high = SCALES[name]
        cells.append((_WORDS[name], *(f"{value:.3f}" for value in (*low_high, *np.quantile(rows[:, index], _SHARES)))))
    head = ("eye distances", "0 in the code", "1", "1 % of faces", "median", "99 %")
    return f"{len(found)} faces of {annotations.csv_path.name}\n{table(head, cells)}"
