"""The faces of a dataset, each cut once into a larger grey crop and held in memory, to be augmented from there."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from model.crop import CropSpec, Region, crop_gray, region_from_keypoints
from model.geometry import Matrix, apply
from model.keypoints import eye_distance
from train.data.annotations import Annotations
from train.data.label_offset import LabelOffset
from train.data.second_labels import with_openings

STORE = CropSpec(size_px=256, scale=2.6)
"""How the held crops are cut: wide enough for any shift and turn, and finer than any network's input."""
CALIBRATION_FACES = 256


@dataclass(frozen=True, slots=True)
class FaceStore:
    """N faces cut to the `STORE` crop, upright and centred on their corrected labels.

    Attributes:
        crops: (N, 256, 256) uint8 grey; beyond the image its border pixels are repeated.
        keypoints: (N, 68, 2) float32, corrected labels in store pixels.
        side: points' box side in store pixels, the same for all.
        rolls_rad: (N,) roll of each face in its image.
        valid: (N, 4) x0, y0, x1, y1 of the image in store pixels (of its upright box, for rolled faces its hull).
        eye_distances_px: (N,) in image pixels: how much detail a face has.
        labelled: (N, 68) which points are labelled; the others lie about where a mean face has them.
    """

    crops: npt.NDArray[np.uint8] = field(repr=False)
    keypoints: npt.NDArray[np.float32] = field(repr=False)
    rolls_rad: npt.NDArray[np.float32] = field(repr=False)
    valid: npt.NDArray[np.float32] = field(repr=False)
    eye_distances_px: npt.NDArray[np.float32] = field(repr=False)
    labelled: npt.NDArray[np.bool_] = field(repr=False)

    side = STORE.size_px / STORE.scale

    def __len__(self) -> int:
        return len(self.crops)


def load_store(
    annotations: Annotations,
    indices: Sequence[int],
    offset: LabelOffset,
    second: npt.NDArray[np.float64] | None = None,
) -> FaceStore:
    """Cut the faces at `indices`, in that order.

    Args:
        annotations, indices: which faces.
        offset: the labels' bias, taken out.
        second: (len(annotations), 68, 2) image pixels; a second labeller's points, see `train.data.second_labels`.

    Raises:
        DatasetError: an image cannot be read.
    """
    corrected = annotations.keypoints_px - offset.at(annotations.keypoints_px)
    if second is not None:
        corrected = np.stack([with_openings(*pair) for pair in zip(corrected, second, strict=True)])
    crops = np.empty((len(indices), STORE.size_px, STORE.size_px), np.uint8)
    keypoints = np.empty((len(indices), *corrected.shape[1:]), np.float32)
    rolls = np.empty(len(indices), np.float32)
    valid = np.empty((len(indices), 4), np.float32)
    for i, index in enumerate(indices):
        image_bgr = annotations.read_bgr(index)
        region = region_from_keypoints(corrected[index])
        crops[i], matrix = crop_gray(image_bgr, region, STORE)
        keypoints[i] = apply(matrix, corrected[index])
        rolls[i] = region.roll_rad
        valid[i] = _extent(image_bgr.shape, matrix)
    distances = eye_distance(annotations.keypoints_px[list(indices)]).astype(np.float32)
    return FaceStore(crops, keypoints, rolls, valid, distances, annotations.labelled[list(indices)])


def cut_for_validation(
    annotations: Annotations, indices: Sequence[int], spec: CropSpec
) -> tuple[npt.NDArray[np.uint8], list[Matrix]]:
    """(N, S, S) grey crops around the labels as the live program would follow them, and their image-to-crop matrices.

    Raises:
        DatasetError: an image cannot be read.
    """
    crops, matrices = [], []
    for index in indices:
        region: Region = region_from_keypoints(annotations.keypoints_px[index])
        crop, matrix = crop_gray(annotations.read_bgr(index), region, spec)
        crops.append(crop)
        matrices.append(matrix)
    return np.stack(crops), matrices


def cut_for_calibration(
    annotations: Annotations, indices: npt.NDArray[np.intp], spec: CropSpec
) -> npt.NDArray[np.uint8]:
    """(N, S, S) grey crops of at most 256 of the faces at `indices`; see `model.networks.quantize`.

    Raises:
        DatasetError: an image cannot be read.
    """
    chosen = indices[:: max(1, len(indices) // CALIBRATION_FACES)][:CALIBRATION_FACES]
    return cut_for_validation(annotations, chosen.tolist(), spec)[0]


def _extent(shape: tuple[int, ...], matrix: Matrix) -> tuple[float, float, float, float]:
    height, width = shape[:2]
    corners = apply(matrix, np.array([[0, 0], [width - 1, 0], [width - 1, height - 1], [0, height - 1]], np.float64))
    (x0, y0), (x1, y1) = corners.min(axis=0), corners.max(axis=0)
    return float(x0), float(y0), float(x1), float(y1)
