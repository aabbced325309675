"""`python -m realtime`, and the command `faces`."""

import signal


def main(as_module: bool = False) -> None:
    """Start the program; Ctrl-C while it loads ends it without a word, as nothing has begun."""
    loading = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if loading:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from realtime.cli.live import main, main_of_module

    if loading:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    (main_of_module if as_module else main)()


if __name__ == "__main__":
    main(as_module=True)
