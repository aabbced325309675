"""How both programs begin and end; loads nothing that takes time."""

import signal
import sys
import warnings
from collections.abc import Callable, Sequence
from typing import Final

INTERRUPTED: Final = 130
"""Exit code of a program that Ctrl-C ended, as shells have it."""


def start(load: Callable[[], Callable[[], None]], may_be_empty: Sequence[str] = ()) -> None:
    """Load a program and run it.

    Ctrl-C while it loads, or once it is over, ends it without a word: nothing has begun, or everything is done.
    Warnings of libraries, which speak to programmers, are not shown unless Python is asked for them (`-W`,
    PYTHONWARNINGS). An empty argument, such as `--out "$X"` where X is not set, ends it with one line and exit code 2:
    as a path it would be the current folder.

    Args:
        load: imports the program, and gives what runs it.
        may_be_empty: options to which an empty value means something.
    """
    if empty := _empty(sys.argv[1:], may_be_empty):
        print(f"error: {empty} is empty; give it a value, or leave it out", file=sys.stderr)
        sys.exit(2)
    if not sys.warnoptions:
        warnings.simplefilter("ignore")
    own = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if own:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    run = load()
    try:
        if own:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        run()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    finally:
        if own:
            signal.signal(signal.SIGINT, signal.SIG_DFL)


def _empty(arguments: Sequence[str], may_be_empty: Sequence[str]) -> str:
    """The option that has an empty value and must not, or `an argument`; nothing where there is none."""
    for before, argument in zip(["", *arguments], arguments, strict=False):
        if not argument and before not in may_be_empty:
            return before if before.startswith("--") else "an argument"
        if argument.startswith("--") and argument.endswith("=") and argument[:-1] not in may_be_empty:
            return argument[:-1]
    return ""
