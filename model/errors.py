"""The errors of this package.

ModelError
├── DetectorError     the cascade or the installed OpenCV cannot be used
└── WeightsError      a weights file is missing, broken, or another model
"""


class ModelError(Exception):
    """Base of this package's errors; the message says what was asked, what was found, and what to try."""


class DetectorError(ModelError):
    """The cascade or the installed OpenCV cannot be used."""


class WeightsError(ModelError):
    """A weights file is missing, broken, or made for another model."""
