"""Who may use a page of this program: token, cookie, Host, Origin. Nothing here needs the server's package."""

import hmac
import ipaddress
import os
import secrets
import socket
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

LOOPBACK: Final = "127.0.0.1"
TOKEN: Final = "token"
"""Name of the query parameter that brings the token."""
_KEPT_S: Final = 24 * 3600.0
"""How long browsers that were let in are known again by later runs, on loopback only."""
_SECRET_BYTES: Final = 24


@dataclass(frozen=True, slots=True)
class Access:
    """The rules of one server.

    The address that the program prints carries `token`. Who brings it gets a cookie that holds `session`, and needs the
    token no more. All else is refused: other names for this machine (DNS rebinding), other sites' pages (by `Origin`
    and `Sec-Fetch-Site`), and whoever has no cookie.

    Attributes:
        token: in the printed address, as `?token=`.
        session: value of the cookie.
        remote: other machines are let in, so the server may be called by any address of this machine.
        names: what else it may be called, beside `localhost` and addresses; lower case.
    """

    token: str = field(default_factory=lambda: secrets.token_urlsafe(_SECRET_BYTES), repr=False)
    session: str = field(default_factory=lambda: secrets.token_urlsafe(_SECRET_BYTES), repr=False)
    remote: bool = False
    names: frozenset[str] = frozenset()

    def refusal(self, headers: Mapping[str, str]) -> str:
        """Why a request with these headers is refused whatever it brings, in one line; empty if it is not."""
        host = headers.get("Host", "")
        if not self._called(host):
            return f"this program is not called {host!r}; open the address that it prints"
        origin = headers.get("Origin")
        if origin is not None and _place_of(origin) != host.lower():
            return "pages of other sites may not use this program"
        return ""

    def admits(self, cookie: str | None, headers: Mapping[str, str]) -> bool:
        """Whether the cookie is the right one and no page of another site, or port, caused the request."""
        if headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin"):
            return False
        return cookie is not None and same(cookie, self.session)

    def _called(self, host: str) -> bool:
        try:
            name = (urlsplit(f"//{host}").hostname or "").lower()
        except ValueError:
            return False
        if is_loopback(name):
            return True
        return self.remote and (name in self.names or _is_address(name))


def open_access(host: str, session_file: Path | None = None) -> Access:
    """The rules of a server that listens at `host`.

    Args:
        host: other than loopback, other machines are let in.
        session_file: on loopback, keeps the cookie's secret for a day, so that a browser's page goes on after the
            program was started again. None: each run has its own.
    """
    if is_loopback(host):
        kept = _kept_session(session_file) if session_file else None
        return Access(session=kept) if kept else Access()
    own = socket.gethostname().lower()
    return Access(remote=True, names=frozenset({host.lower(), own, f"{own}.local"}))


def is_loopback(host: str) -> bool:
    """Whether a host's name or address is this machine, whatever a name server says."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def local_origin(origin: str | None, asked_host: str) -> bool:
    """Whether a reader may see what any program of this machine may: no page, or one from here.

    Of pages only those from this machine are let in, or from this very server by its number. A name is not enough for
    the latter: its owner can make it mean this machine.
    """
    if origin is None:
        return True
    place = _place_of(origin)
    try:
        host = urlsplit(f"//{place}").hostname or ""
    except ValueError:
        return False
    return is_loopback(host) or (_is_address(host) and place == asked_host.lower())


def same(given: str, secret: str) -> bool:
    """Whether two texts are equal, in a time that does not say where they differ."""
    return hmac.compare_digest(given.encode(), secret.encode())


def _place_of(origin: str) -> str:
    """Host and port of an origin in lower case; empty for one that is none."""
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _kept_session(path: Path) -> str | None:
    """The secret of the last day, or a new one, in a file that only the user reads; None where it cannot be kept."""
    with suppress(OSError, ValueError):
        info = path.lstat()
        text = path.read_text(encoding="ascii").strip()
        # A file that others can read, or that is someone else's, may be known to them.
        private = os.name != "posix" or (info.st_mode & 0o077 == 0 and info.st_uid == os.getuid())
        if (
            private
            and not path.is_symlink()
            and 0 <= time.time() - info.st_mtime < _KEPT_S
            and len(text) >= _SECRET_BYTES
        ):
            return text
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(f"{secret}\n")
        return secret
    return None
