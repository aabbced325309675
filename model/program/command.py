"""What the command lines of both programs share: errors as one line, and `--version`."""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, Any, Final, TypeAlias

import typer
from typer.core import TyperGroup

from assets import __version__
from model.errors import UserError
from model.plain_text import plain_text

# By name: some versions of Typer carry a click of their own.
_Mistake: Final[type[Exception]] = next(
    kind for kind in typer.BadParameter.__mro__ if kind.__name__ == "ClickException"
)
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


class OneLineGroup(TyperGroup):
    """A command line whose mistakes are one line and exit code 2, where Typer draws a box of several lines."""

    _words: Sequence[str] = ()

    def make_context(self, info_name: Any, args: list[str], parent: Any = None, **extra: Any) -> Any:
        """See click; what is wrong with the program's own options ends it."""
        self._words = tuple(args)
        with self._mistakes_in_one_line():
            return super().make_context(info_name, args, parent, **extra)

    def invoke(self, ctx: Any) -> Any:
        """See click; what is wrong with the options of a command ends the program."""
        with self._mistakes_in_one_line():
            return super().invoke(ctx)

    @contextmanager
    def _mistakes_in_one_line(self) -> Iterator[None]:
        try:
            yield
        except _Mistake as mistake:
            if type(mistake).__name__ == "NoArgsIsHelpError":
                raise
            fail(_described(mistake, self._words))


def _described(mistake: Any, words: Sequence[str]) -> str:
    """What click's exception says, the value that was typed, and where to read on."""
    context, parameter = getattr(mistake, "ctx", None), getattr(mistake, "param", None)
    text: str = mistake.format_message().strip().rstrip(".")
    options = parameter.opts if parameter is not None and hasattr(mistake, "param_hint") else ()
    for word, following in zip(words, (*words[1:], ""), strict=True):
        name, equals, value = word.partition("=")
        if name in options and name.startswith("-"):
            wrong = mistake.message.strip().rstrip(".").removeprefix("Value error, ")
            text = f"{name} {value if equals else following}: {wrong[:1].lower()}{wrong[1:]}"
            break
    text = text[:1].lower() + text[1:]
    return f"{text}; see {context.command_path} -h" if context else text


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
