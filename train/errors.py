"""The errors of training and evaluation. Each message says what was asked for, what was found, and what to try.

TrainError
├── DatasetError      a CSV or an image of the dataset is missing or broken
├── OptionError       an option has a value that cannot be used
├── OutputError       a result cannot be written
├── LossError         training went astray: the loss is not a finite number
├── ProcessError      one of the processes that train together is gone
├── StoppedError      training was interrupted; the message says what it left behind
├── DownloadError     the dataset's archive cannot be fetched, checked or unpacked
└── NoDisplayError      no window can be opened here
"""

from model.errors import UserError


class TrainError(UserError):
    """Base of this package's errors; the command line prints the message as one line and exits with 2."""


class DatasetError(TrainError):
    """A CSV or an image of the dataset is missing or broken; the message names file, row and column."""


class OptionError(TrainError):
    """An option has a value that cannot be used."""


class OutputError(TrainError):
    """A result cannot be written."""


class LossError(TrainError):
    """Training went astray: the loss is not a finite number."""


class ProcessError(TrainError):
    """One of the processes that train together failed, or was ended from outside."""


class StoppedError(TrainError):
    """Training was interrupted; the message says what it left behind, and the command line exits with 130."""


class DownloadError(TrainError):
    """The dataset's archive cannot be fetched, checked or unpacked."""


class NoDisplayError(TrainError):
    """No window can be opened here."""
