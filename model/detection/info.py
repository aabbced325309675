"""What a detector's weights file says of itself: one JSON entry in its ONNX metadata, read and written here only."""

import json
from dataclasses import dataclass
from typing import Final

from model.weights.entry import parse_entry

DETECTOR_KEY: Final = "face_detector"
DETECTOR_FORMAT: Final = 1


@dataclass(frozen=True, slots=True)
class DetectorInfo:
    """What a detector's weights file says of itself.

    Attributes:
        recipe: the training recipe's name.
        threshold: places that score lower are not proposed; in [0, 1].
        trained_on: the training data, in words.

    Raises:
        ValueError: the threshold is out of range.
    """

    recipe: str
    threshold: float
    trained_on: str

    def __post_init__(self) -> None:
        if not 0 <= self.threshold <= 1:
            raise ValueError(f"threshold must lie in [0, 1], got {self.threshold}")


def parse_detector_info(text: str) -> DetectorInfo:
    """Read the metadata entry.

    Raises:
        ValueError: it is broken, of another format, too long, or nested too deeply.
    """
    return parse_entry(
        text,
        "detector_format",
        DETECTOR_FORMAT,
        lambda data: DetectorInfo(str(data["recipe"]), float(data["threshold"]), str(data["trained_on"])),
    )


def detector_info_text(info: DetectorInfo) -> str:
    """The metadata entry, as `parse_detector_info` reads it."""
    return json.dumps(
        {
            "detector_format": DETECTOR_FORMAT,
            "recipe": info.recipe,
            "threshold": info.threshold,
            "trained_on": info.trained_on,
        }
    )
