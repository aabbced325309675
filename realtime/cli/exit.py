"""Where errors meet the user: one line, exit code 2."""

import sys
from collections.abc import Callable

import typer

from model.errors import ModelError
from realtime.errors import RealtimeError


def guarded(action: Callable[[], None]) -> None:
    """Run a command; an error of ours becomes one line on stderr and exit code 2."""
    try:
        action()
    except (RealtimeError, ModelError) as error:
        typer.echo(f"error: {' '.join(str(error).split())}", err=True)
        sys.exit(2)
