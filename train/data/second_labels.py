"""A second labeller for what the dataset's labels barely tell: how far the lids and the lips of each face are open.

At 43 px between the eyes an eye is three pixels high, and labels are whole pixels made by a network: closed eyes are
labelled half open, closed lips two pixels apart or none. Another network that looks closer says how far they are open;
where they lie stays as the dataset says.
"""

import math
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt

from model.crop import Region, region_from_keypoints
from model.geometry import apply, invert, similarity
from model.keypoints import GROUPS, LID_PAIRS, LIP_PAIRS, NUM_KEYPOINTS, eye_distance
from train.data.annotations import Annotations, write_keypoints_csv
from train.data.label_columns import NUM_COLUMNS, understand_header
from train.data.label_table import numbers, read_table, shown
from train.errors import DatasetError, OptionError

Points = npt.NDArray[np.float64]

CLOSED_LIPS_GAP = 0.012
"""Eye distances between the inner points of closed lips, which the second labeller sets to nothing and the labels do
not; the weights that ship were trained with it. `python -m train second-labels` prints how much farther apart the lips
are in the labels: by 0.007 over the dataset's faces, by 0.028 in closed mouths. It lies in between."""
_CLOSED: Final = 0.01

MESH_POINTS: Final = (
    *(127, 234, 93, 215, 138, 136, 150, 176, 152, 400, 379, 365, 367, 361, 323, 454, 356),
    *(70, 63, 105, 66, 107, 336, 296, 334, 293, 300, 6, 195, 5, 4, 75, 97, 2, 326, 305),
    *(33, 160, 158, 133, 153, 144, 362, 385, 387, 263, 373, 380),
    *(61, 39, 37, 0, 267, 269, 291, 321, 314, 17, 84, 91, 78, 82, 13, 312, 308, 317, 14, 87),
)
"""MediaPipe's mesh point for each of the 68; exact for eyes and lips, the nearest vertex elsewhere."""
_VIEW_PX = 512
_VIEW_SCALE = 2.2
"""The second labeller gets the face in the middle of a square picture this many times its side."""

Labeller = Callable[[npt.NDArray[np.uint8]], list[Points]]
"""(H, W, 3) BGR picture -> the (68, 2) points of each face in it, picture pixels."""


def open_mediapipe() -> Labeller:
    """MediaPipe's face mesh with refined eyes and lips.

    Raises:
        OptionError: it is not installed.
    """
    try:
        import mediapipe
    except ImportError as error:
        raise OptionError(
            "the second labeller needs MediaPipe, which is not installed; in an environment of its own: "
            "pip install -r requirements-live.txt tqdm mediapipe==0.10.21"
        ) from error
    mesh = mediapipe.solutions.face_mesh.FaceMesh(
        static_image_mode=True, refine_landmarks=True, max_num_faces=4, min_detection_confidence=0.2
    )

    def label(picture_bgr: npt.NDArray[np.uint8]) -> list[Points]:
        height, width = picture_bgr.shape[:2]
        found: Any = mesh.process(cv2.cvtColor(picture_bgr, cv2.COLOR_BGR2RGB)).multi_face_landmarks
        return [
            np.array([[face.landmark[i].x * width, face.landmark[i].y * height] for i in MESH_POINTS], np.float64)
            for face in found or []
        ]

    return label


def label_faces(annotations: Annotations, labeller: Labeller, indices: Iterable[int]) -> list[Points | None]:
    """The labeller's (68, 2) points of each labelled face in image pixels; None where it sees no face there.

    Raises:
        DatasetError: an image cannot be read.
    """
    labelled: list[Points | None] = []
    middle = (_VIEW_PX - 1) / 2
    for index in indices:
        points = annotations.keypoints_px[index]
        region: Region = region_from_keypoints(points)
        center = (region.center_x, region.center_y)
        view = similarity(_VIEW_PX / (_VIEW_SCALE * region.side), 0.0, center, (middle, middle))
        picture = cv2.warpAffine(
            annotations.read_bgr(int(index)), view, (_VIEW_PX, _VIEW_PX), None, cv2.INTER_CUBIC, cv2.BORDER_REPLICATE
        )
        faces = labeller(picture)
        off = [float(np.abs(face.mean(axis=0) - middle).max()) for face in faces]
        best = int(np.argmin(off)) if off else -1
        seen = bool(off) and off[best] < 0.2 * _VIEW_PX
        labelled.append(apply(invert(view), faces[best]).astype(np.float64) if seen else None)
    return labelled


def lips_apart(annotations: Annotations, labelled: list[Points | None]) -> tuple[float, float]:
    """How much farther apart inner lips lie in the labels than the second labeller puts them, in eye distances.

    Returns:
        The mean over all faces that it saw and whose inner lips are labelled, and over those whose lips it closes; NaN
        where there are none.
    """
    upper, lower = (list(side) for side in zip(*LIP_PAIRS, strict=True))
    rows = [
        [
            float(np.linalg.norm(face[lower] - face[upper], axis=1).mean() / eye_distance(points))
            for face in (first, second)
        ]
        for first, points, second in zip(annotations.labels_px, annotations.keypoints_px, labelled, strict=True)
        if second is not None and np.isfinite(first[[*upper, *lower]]).all()
    ]
    gaps = np.array(rows).reshape(-1, 2)
    more, closed = gaps[:, 0] - gaps[:, 1], gaps[:, 1] < _CLOSED
    return (float(more.mean()) if len(more) else math.nan, float(more[closed].mean()) if closed.any() else math.nan)


def write_second_labels(path: Path, annotations: Annotations, labelled: list[Points | None]) -> None:
    """Write them in the dataset's layout, with empty cells where no face was seen.

    Raises:
        OSError: the file cannot be written.
    """
    write_keypoints_csv(path, annotations.names, labelled)


def read_second_labels(path: Path, annotations: Annotations) -> Points:
    """(N, 68, 2) points of a second labeller, one row for each labelled image in the same order; NaN where it saw none.

    Raises:
        DatasetError: the file is missing, or does not hold these images' rows.
    """
    if not path.is_file():
        raise DatasetError(f"second labels {path} do not exist; make them with: python -m train second-labels {path}")
    table = read_table(path, "second labels")
    names = tuple(table.cells.iloc[:, 0])
    if names != annotations.names:
        raise DatasetError(
            f"{path} holds {len(names)} rows that are not those of {annotations.csv_path} ({len(annotations)}, in its "
            f"order); make it from the same CSV: python -m train second-labels {path} --csv {annotations.csv_path}"
        )
    columns = understand_header(path, table.header).points
    second = np.stack([numbers(table, column).to_numpy() for column in columns], axis=1)
    empty = (table.cells.iloc[:, list(columns)] == "").to_numpy()
    bad = ~np.isfinite(second) & ~empty.all(axis=1, keepdims=True)
    for row, column in np.argwhere(bad)[:1]:
        raise DatasetError(
            f"{path}, row {table.cells.index[row]} ({names[row]}), column {column}: "
            f"{shown(str(table.cells.iat[row, columns[column]]))} where {NUM_COLUMNS - 1} numbers or none are needed; "
            f"make it again with: python -m train second-labels {path}"
        )
    return np.asarray(second.reshape(-1, NUM_KEYPOINTS, 2), np.float64)


def with_openings(keypoints: Points, second: Points) -> Points:
    """A face's (68, 2) labels, opened and closed as the second labeller says; both in one frame of coordinates.

    The middle between an upper and a lower point stays; how they lie to each other is the second labeller's. A face
    that it did not see (NaN) stays as it is.
    """
    if not np.isfinite(second).all():
        return keypoints
    result = keypoints.copy()
    for pairs, more in ((LID_PAIRS, 0.0), (LIP_PAIRS, CLOSED_LIPS_GAP * float(eye_distance(keypoints)))):
        upper, lower = (list(side) for side in zip(*pairs, strict=True))
        across = second[lower] - second[upper]
        down = second[GROUPS["jaw"][8]] - second[GROUPS["nose_bridge"][0]]
        across = across + more * down / max(float(np.linalg.norm(down)), 1e-6)
        middle = (keypoints[upper] + keypoints[lower]) / 2
        result[upper], result[lower] = middle - across / 2, middle + across / 2
    return result
