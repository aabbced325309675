"""What a weights file says of itself: one JSON entry in its ONNX metadata, read and written here only."""

import json
import math
from dataclasses import dataclass
from typing import Any, Final

from model.convention import Table
from model.crop import CropSpec
from model.keypoints import NUM_KEYPOINTS
from model.weights.entry import parse_entry

METADATA_KEY: Final = "face_keypoints"
METADATA_FORMAT: Final = 1
ADMISSION_MARGIN: Final = 0.22
"""A detector proposes much that is not a face; the last place of a followed face rarely is anything else. So a new face
must score this much above the weights' own threshold."""

_ROW_LIMITS: Final = (1.0, 1.0, 3.0, 3.0)


@dataclass(frozen=True, slots=True)
class WeightsInfo:
    """What a weights file says of itself.

    Attributes:
        recipe: the training recipe's name.
        spec: how the network wants its faces cropped.
        score_threshold: faces that score lower are dropped; in [0, 1].
        has_score: False where the network cannot tell faces from anything else; its scores are then all 1.
        label_offset_x, label_offset_y: (a, b): `a + b * eye distance` pixels were subtracted from the training labels
            along that axis; adding them gives the dataset's own convention.
        trained_on: the training data, in words.
        convention: 68 rows that move the network's points to where people label them, see `model.convention`; empty
            where they are drawn as the network gives them.

    Raises:
        ValueError: a number is not finite or out of range.
    """

    recipe: str
    spec: CropSpec
    score_threshold: float
    has_score: bool
    label_offset_x: tuple[float, float]
    label_offset_y: tuple[float, float]
    trained_on: str
    convention: Table = ()

    def __post_init__(self) -> None:
        if not 0 <= self.score_threshold <= 1:
            raise ValueError(f"score_threshold must lie in [0, 1], got {self.score_threshold}")
        for offset in (self.label_offset_x, self.label_offset_y):
            if not all(math.isfinite(value) and abs(value) < 1000 for value in offset):
                raise ValueError(f"label_offset must be finite and below 1000 pixels, got {offset}")

        if self.convention and len(self.convention) != NUM_KEYPOINTS:
            raise ValueError(f"convention must hold {NUM_KEYPOINTS} rows or none, got {len(self.convention)}")
        if {len(row) for row in self.convention} not in (set(), {2}, {4}):
            raise ValueError("convention must hold rows of 2 or of 4 numbers")
        if not all(
            abs(value) < limit for row in self.convention for value, limit in zip(row, _ROW_LIMITS, strict=False)
        ):
            raise ValueError("convention must hold finite offsets below one eye distance, and slopes below three")

    @property
    def admission_score(self) -> float:
        """What a new face must score to be shown; one that is followed already need only keep the threshold."""
        return self.score_threshold + ADMISSION_MARGIN if self.has_score else 0.0


def parse_metadata(text: str) -> WeightsInfo:
    """Read the metadata entry.

    Raises:
        ValueError: it is broken, of another format, too long, or nested too deeply.
    """
    return parse_entry(text, "format", METADATA_FORMAT, _weights_info)


def _weights_info(data: dict[str, Any]) -> WeightsInfo:
    (ax, bx), (ay, by) = data["label_offset"]["x"], data["label_offset"]["y"]
    return WeightsInfo(
        recipe=str(data["recipe"]),
        spec=CropSpec(int(data["size_px"]), float(data["scale"]), float(data.get("shift_y", 0.0))),
        score_threshold=float(data["score_threshold"]),
        has_score=bool(data["has_score"]),
        label_offset_x=(float(ax), float(bx)),
        label_offset_y=(float(ay), float(by)),
        trained_on=str(data["trained_on"]),
        convention=tuple(tuple(float(value) for value in row) for row in data.get("convention", ())),
    )


def metadata_text(info: WeightsInfo) -> str:
    """The metadata entry, as `parse_metadata` reads it."""
    return json.dumps(
        {
            "format": METADATA_FORMAT,
            "recipe": info.recipe,
            "size_px": info.spec.size_px,
            "scale": info.spec.scale,
            "shift_y": info.spec.shift_y,
            "score_threshold": info.score_threshold,
            "has_score": info.has_score,
            "label_offset": {"x": list(info.label_offset_x), "y": list(info.label_offset_y)},
            "trained_on": info.trained_on,
            "convention": [list(row) for row in info.convention],
        }
    )
