"""The errors that users see, and those of this package.

UserError             base of ModelError, RealtimeError and TrainError: the message is one line for the user
ModelError
├── DetectorError     the cascade or the installed OpenCV cannot be used
└── WeightsError      a weights file is missing, broken, or another model
"""


class UserError(Exception):
    """Base of all errors whose message is for the user; both command lines print it as one line and exit with 2."""


class ModelError(UserError):
    """Base of this package's errors; the message says what was asked, what was found, and what to try."""


class DetectorError(ModelError):
    """The cascade or the installed OpenCV cannot be used."""


class WeightsError(ModelError):
    """A weights file is missing, broken, or made for another model."""
