"""Choices of the command line that more than one module knows; light, so that `--help` is quick."""

from enum import StrEnum


class Regions(StrEnum):
    """Where faces are looked for."""

    LABELS = "labels"
    HAAR = "haar"


class Split(StrEnum):
    """Which people: all, or development (some are held out from training, and measured on)."""

    ALL = "all"
    DEVELOPMENT = "development"


class Sheet(StrEnum):
    """What a sheet of pictures shows."""

    SAMPLES = "samples"
    TRANSFORMS = "transforms"
    UNTRAINED = "untrained"
    PREDICTIONS = "predictions"
