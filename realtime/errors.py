"""The errors of the live program. Each message says what was asked for, what was found, and what to try.

RealtimeError
├── ConfigError       an option has a value that cannot be used
├── SourceError       a camera, file, folder or stream cannot be opened or read
├── FilterError       a filter is unknown or its pack is broken
├── SinkError         a recording, log or snapshot cannot be written
└── DisplayError      no window can be opened here
"""

from model.errors import UserError


class RealtimeError(UserError):
    """Base of the live program's errors; the command line prints the message as one line and exits with 2."""


class ConfigError(RealtimeError):
    """An option has a value that cannot be used."""


class SourceError(RealtimeError):
    """A camera, file, folder or stream cannot be opened or read."""


class FilterError(RealtimeError):
    """A filter is unknown or its pack is broken."""


class SinkError(RealtimeError):
    """A recording, log or snapshot cannot be written."""


class DisplayError(RealtimeError):
    """No window can be opened here."""
