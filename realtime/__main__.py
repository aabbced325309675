"""`python -m realtime`, and the command `faces`."""

from collections.abc import Callable

from model.program.start import start
from realtime.cli import VALUE_LEFT_OUT


def main(as_module: bool = False) -> None:
    """Start the program."""

    def load() -> Callable[[], None]:
        from realtime.cli.live import main, main_of_module

        return main_of_module if as_module else main

    start(load, may_be_empty=VALUE_LEFT_OUT)


if __name__ == "__main__":
    main(as_module=True)
