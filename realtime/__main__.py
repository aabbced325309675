"""`python -m realtime`."""

from realtime.cli.live import main_of_module

if __name__ == "__main__":
    main_of_module()
