"""Text of strangers (names of files, tags, packs, cameras) as it may be shown: printable, short, without passwords."""

import re
from typing import Final

LONGEST: Final = 2000
"""Characters of a message; more would fill a screen."""
_ADDRESS: Final = re.compile(r"(\b[a-z][a-z0-9+.-]{0,20}://)([^/?#\s]{0,500})@", re.IGNORECASE)


def plain_text(text: str, longest: int = LONGEST) -> str:
    """One line of it: terminal escapes and other control characters become `?`, passwords in addresses `***`."""
    line = " ".join(without_passwords(text[: 4 * longest]).split())
    line = "".join(letter if letter.isprintable() else "?" for letter in line)
    return line if len(line) <= longest else f"{line[: longest - 3]}..."


def without_passwords(text: str) -> str:
    """The text with user names and passwords of addresses masked, up to the last @ before the path."""
    return _ADDRESS.sub(r"\1***@", text)


def counted(number: int, thing: str) -> str:
    """`1 face`, `2 faces`."""
    return f"{number} {thing}{'s' * (number != 1)}"
