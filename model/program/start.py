"""How both programs begin and end; loads nothing that takes time."""

import signal
import sys
import warnings
from collections.abc import Callable
from typing import Final

INTERRUPTED: Final = 130
"""Exit code of a program that Ctrl-C ended, as shells have it."""


def start(load: Callable[[], Callable[[], None]]) -> None:
    """Load a program and run it.

    Ctrl-C while it loads, or once it is over, ends it without a word: nothing has begun, or everything is done.
    Warnings of libraries, which speak to programmers, are not shown unless Python is asked for them (`-W`,
    PYTHONWARNINGS).

    Args:
        load: imports the program, and gives what runs it.
    """
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
