"""`python -m realtime`."""

from realtime.cli import main_of_module

if __name__ == "__main__":
    main_of_module()
