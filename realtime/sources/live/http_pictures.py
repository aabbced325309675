"""Pictures that an HTTP server sends one after another (MJPEG), read within limits.

FFmpeg's own reader holds a picture in memory however large it is: a server that never ends one fills the machine. So
what such a server sends passes through here, where bytes are counted; everything else is left to FFmpeg.
"""

import re
import ssl
import urllib.request
from http.client import HTTPException, HTTPResponse
from typing import Any, Final, Protocol
from urllib.parse import unquote, urlsplit, urlunsplit

from model.errors import UserError

MOST_BYTES: Final = 64 * 2**20
"""A picture, and what comes around it: six times a camera's largest JPEG."""
_KINDS: Final = re.compile(r"multipart/x-mixed-replace|image/", re.IGNORECASE)


class TooLargeError(UserError):
    """A picture takes more bytes than a picture does."""


class Readable(Protocol):
    """What is read from."""

    def read(self, amount: int, /) -> bytes: ...

    def close(self) -> None: ...


class BoundedPictures:
    """An answer as a file, whose pictures take at most this many bytes.

    Args:
        answer: read and closed.
        most_bytes: between two calls of `next_picture`.
    """

    def __init__(self, answer: Readable, most_bytes: int = MOST_BYTES) -> None:
        self._answer = answer
        self._most = most_bytes
        self._taken = 0

    def read(self, amount: int) -> bytes:
        """The next bytes, at most `amount`.

        Raises:
            TooLargeError: more came than a picture takes.
            OSError: the connection broke, or nothing came in time.
        """
        part = self._answer.read(amount)
        self._taken += len(part)
        if self._taken > self._most:
            raise TooLargeError(f"a picture takes more than {self._most >> 20} MB")
        return part

    def next_picture(self) -> None:
        """A picture came: count from zero."""
        self._taken = 0

    def close(self) -> None:
        """Hang up."""
        self._answer.close()


def open_pictures(address: str, open_s: float, read_s: float) -> BoundedPictures | None:
    """The pictures behind an http or https address; None for whatever else is there, and for what refuses.

    User and password in the address are sent to the server if it asks for them.

    Args:
        address: where they are.
        open_s, read_s: time limits for the answer, and for each part of it later.

    Raises:
        TimeoutError: no answer came in time.
    """
    parts = urlsplit(address)
    if parts.scheme.lower() not in ("http", "https"):
        return None
    try:
        answer = _opener(address).open(_without_login(address), timeout=open_s)
    except (OSError, HTTPException, ValueError, LookupError) as error:  # urllib trips over headers cut short
        if isinstance(error, TimeoutError) or isinstance(getattr(error, "reason", None), TimeoutError):
            raise TimeoutError from error
        return None  # FFmpeg tries the same, and says what is wrong
    if not isinstance(answer, HTTPResponse) or not _KINDS.match(answer.headers.get("Content-Type", "")):
        answer.close()
        return None
    # There is no public way to give a time limit for connecting, and another one for reading.
    socket: Any = getattr(getattr(answer.fp, "raw", None), "_sock", None)
    if socket is not None:
        socket.settimeout(read_s)
    return BoundedPictures(_Answer(answer))


class _Answer:
    """What a server sends, as it comes: `read1` does not wait for the whole amount."""

    def __init__(self, answer: HTTPResponse) -> None:
        self._answer = answer

    def read(self, amount: int, /) -> bytes:
        try:
            return self._answer.read1(amount)
        except (HTTPException, ValueError) as error:  # lengths that are none, or an end before its time
            raise ConnectionError("the server broke off, or does not keep to HTTP") from error

    def close(self) -> None:
        self._answer.close()


def _opener(address: str) -> urllib.request.OpenerDirector:
    parts = urlsplit(address)
    passwords = urllib.request.HTTPPasswordMgrWithDefaultRealm()
    if parts.username is not None:
        passwords.add_password(None, _without_login(address), unquote(parts.username), unquote(parts.password or ""))
    # Cameras sign their own certificates; FFmpeg does not ask who signed one either.
    trusting = ssl.create_default_context()
    trusting.check_hostname = False
    trusting.verify_mode = ssl.CERT_NONE
    return urllib.request.build_opener(
        urllib.request.HTTPSHandler(context=trusting),
        urllib.request.HTTPBasicAuthHandler(passwords),
        urllib.request.HTTPDigestAuthHandler(passwords),
    )


def _without_login(address: str) -> str:
    parts = urlsplit(address)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
