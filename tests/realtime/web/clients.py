"""A browser of a few lines: keeps the cookie, and says what it is told to."""

import http.client
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookies import SimpleCookie

from realtime.web.server import WebServer


@dataclass
class Answer:
    """What came back."""

    status: int
    body: bytes
    headers: Mapping[str, str]

    @property
    def text(self) -> str:
        return self.body.decode()


@dataclass
class Client:
    """Asks a server on loopback; `enter` brings the token."""

    server: WebServer
    cookies: dict[str, str] = field(default_factory=dict)

    def enter(self) -> "Client":
        assert self.ask("GET", f"/?token={self.server.access.token}").status == 200
        return self

    @property
    def cookie_header(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        """Header names are written with _ for -."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.cookies:
            sent.setdefault("Cookie", self.cookie_header)
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=20)
        try:
            connection.request(method, path, body, sent)
            response = connection.getresponse()
            answer = Answer(response.status, response.read(), dict(response.getheaders()))
        finally:
            connection.close()
        for name, morsel in SimpleCookie(answer.headers.get("Set-Cookie", "")).items():
            self.cookies[name] = morsel.value
        return answer
