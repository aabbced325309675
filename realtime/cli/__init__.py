"""The command line of the live program."""

from typing import Final

VALUE_LEFT_OUT: Final = ("--microphone", "--page")
"""Options whose value may be left out or empty: the system's default microphone, and the usual port."""
