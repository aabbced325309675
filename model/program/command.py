"""What the command lines of both programs share: errors as one line, and `--version`."""

import os
import sys
from collections.abc import Callable
from typing import Annotated, Final, TypeAlias

import typer
from typer.core import TyperGroup

from assets import __version__
from model.errors import UserError
from model.plain_text import plain_text

_EXTRAS: Final = {"torch": "train", "onnx": "train", "tqdm": "train"}
"""Packages that are not always installed, and the extra that brings them."""


def guarded(action: Callable[[], None]) -> None:
    """Run a command. What a user can put right becomes one line on stderr and exit code 2.

    That is a `UserError`, a file that the system refuses, or a missing optional package.
    """
    try:
        action()
    except UserError as error:
        fail(str(error))
    except OSError as error:  # names too long, folders that may not be entered: any look at a path can raise these
        if not isinstance(error.filename, str | bytes | os.PathLike):
            raise
        name = os.fsdecode(error.filename)
        fail(f"cannot use {name}: {error.strerror or error}; check that path, and that you may read or write there")
    except ModuleNotFoundError as error:
        extra = _EXTRAS.get((error.name or "").partition(".")[0])
        if extra is None:
            raise
        fail(
            f"this command needs the package {error.name}, which is not installed here: "
            f'pip install "face-keypoints[{extra}]", or in a checkout: pip install -r requirements.txt'
        )


def fail(message: str) -> None:
    """Print one line and exit with 2."""
    typer.echo(f"error: {plain_text(message)}", err=True)
    sys.exit(2)


def leads_to_command(context: typer.Context) -> bool:
    """Whether a command was typed, which a group's own function leaves the work to.

    Options of the group before the command would do nothing; they end the program with one line and exit code 2.
    """
    group, name = context.command, context.invoked_subcommand
    if name is None or not isinstance(group, TyperGroup):
        return False
    for option in group.params:
        source = context.get_parameter_source(option.name or "")
        if source is None or source.name != "COMMANDLINE":
            continue
        command = group.get_command(context, name)
        known = command is not None and any(option.opts[0] in each.opts for each in command.params)
        advice = f"write it after: {name} {option.opts[0]}" if known else "leave it out"
        fail(f"{option.opts[0]} before the command {name} has no effect; {advice}")
    return True


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(__version__)
        raise typer.Exit


Version: TypeAlias = Annotated[
    bool, typer.Option("--version", is_eager=True, callback=_print_version, help="Print the version and exit.")
]
"""The option `--version` of both programs."""
