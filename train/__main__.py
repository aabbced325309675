"""`python -m train`, and the command `faces-train`."""

from collections.abc import Callable

from model.program.start import start


def main(as_module: bool = False) -> None:
    """Start the program."""

    def load() -> Callable[[], None]:
        from train.cli.app import main, main_of_module

        return main_of_module if as_module else main

    start(load)


if __name__ == "__main__":
    main(as_module=True)
