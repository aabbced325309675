"""What the detector is trained to say of a canvas, and the loss."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional as F

from model.crop import Region
from model.detection.map_reader import STRIDE, UNIT_SIDE_PX
from train.augmentation.canvas import Canvas

_SPREAD: Final = 0.07
"""Standard deviation of the bump around a face's centre, in sides of the face."""
_NARROWEST: Final = 0.6
"""The same at least, cells."""
_NEAR: Final = 0.5
"""Places and sizes are learnt where the bump is higher."""


@dataclass(frozen=True, slots=True)
class CanvasBatch:
    """Canvases for one step, and the maps that are wanted.

    Attributes:
        pictures: (N, 1, S, S) uint8.
        heat: (N, S / 8, S / 8) float32: 1 in the cell of a face's centre, falling off around it; -1 is ignored.
        near: (N, S / 8, S / 8) float32: how much a cell's `values` count.
        values: (N, 4, S / 8, S / 8) float32: the face's centre right of and below the cell's, in cells; the logarithm
            of its side over 32 px; its roll in radians.
    """

    pictures: npt.NDArray[np.uint8] = field(repr=False)
    heat: npt.NDArray[np.float32] = field(repr=False)
    near: npt.NDArray[np.float32] = field(repr=False)
    values: npt.NDArray[np.float32] = field(repr=False)


def canvas_batch(canvases: Sequence[Canvas]) -> CanvasBatch:
    """Canvases with their maps."""
    size = canvases[0].picture.shape[0]
    cells = size // STRIDE
    heat = np.zeros((len(canvases), cells, cells), np.float32)
    values = np.zeros((len(canvases), 4, cells, cells), np.float32)
    for row, canvas in enumerate(canvases):
        for x0, y0, x1, y1 in np.clip(np.array(canvas.ignored).reshape(-1, 4) / STRIDE, 0, cells):
            heat[row, int(y0) : int(np.ceil(y1)), int(x0) : int(np.ceil(x1))] = -1
        for face in canvas.faces:
            _draw(face, heat[row], values[row])
    near = np.where(heat > _NEAR, heat, 0).astype(np.float32)
    return CanvasBatch(np.stack([canvas.picture for canvas in canvases])[:, None], heat, near, values)


def _draw(face: Region, heat: npt.NDArray[np.float32], values: npt.NDArray[np.float32]) -> None:
    cells = heat.shape[0]
    # In cells, where a whole number is a cell's centre.
    x, y = ((c + 0.5) / STRIDE - 0.5 for c in (face.center_x, face.center_y))
    column, row = (int(np.clip(round(v), 0, cells - 1)) for v in (x, y))
    spread = max(_NARROWEST, _SPREAD * face.side / STRIDE)
    line = np.arange(cells, dtype=np.float32)
    bump = np.exp(-((line[None] - column) ** 2 + (line[:, None] - row) ** 2) / (2 * spread**2)).astype(np.float32)
    better = bump > np.maximum(heat, 0.01)
    heat[better] = bump[better]
    grid_y, grid_x = np.nonzero(better)
    values[0][better], values[1][better] = x - grid_x, y - grid_y
    values[2][better], values[3][better] = np.log(face.side / UNIT_SIDE_PX), face.roll_rad


def detector_loss(output: Tensor, batch: CanvasBatch) -> Tensor:
    """Mean loss over a batch, a scalar.

    The centres by the focal loss of CornerNet (Law and Deng, "CornerNet", ECCV 2018), places, sizes and rolls by the
    absolute error; places in shares of the face's side, which is what they are good for.

    Args:
        output: (N, 5, S / 8, S / 8), of the network.
        batch: what is wanted.
    """
    heat, near, values = (
        torch.from_numpy(part).to(output.device, non_blocking=True) for part in (batch.heat, batch.near, batch.values)
    )
    logits = output[:, 0]
    p = torch.sigmoid(logits)
    faces = (heat == 1).sum().clamp(min=1)
    hit = -F.logsigmoid(logits) * (1 - p).square() * (heat == 1)
    miss = -F.logsigmoid(-logits) * p.square() * (1 - heat).pow(4) * ((heat >= 0) & (heat < 1))
    centers = (hit.sum() + miss.sum()) / faces
    errors = (output[:, 1:] - values).abs()
    sides = torch.exp(values[:, 2]) * (UNIT_SIDE_PX / STRIDE)
    # Small faces are only to be hit: the next crop puts them right.
    places = (errors[:, 0] + errors[:, 1]) / sides.clamp(min=1.5)
    regression = ((2 * places + errors[:, 2] + 0.7 * errors[:, 3]) * near).sum() / near.sum().clamp(min=1)
    return centers + regression
