"""Which detectors there are; light, so that `--help` is quick."""

from enum import StrEnum


class DetectorKind(StrEnum):
    """What proposes faces."""

    BOTH = "both"
    HAAR = "haar"
    NETWORK = "network"
