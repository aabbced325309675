"""How each command ends: an error is one line, and so is Ctrl-C."""

from collections.abc import Callable

import typer

from model.program import command
from train.errors import StoppedError


def guarded(action: Callable[[], None]) -> None:
    """`model.program.command.guarded`; Ctrl-C ends with one line and exit code 130."""

    def stoppable() -> None:
        try:
            action()
        except StoppedError as error:
            if str(error):
                typer.echo(str(error), err=True)
            raise typer.Exit(130) from None

    try:
        command.guarded(stoppable)
    except KeyboardInterrupt:
        typer.echo("stopped", err=True)
        raise typer.Exit(130) from None
