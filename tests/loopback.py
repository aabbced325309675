"""Servers on a free loopback port for tests, which can stall, die, and come back on the same port."""

import socketserver
import threading
from types import TracebackType
from typing import Self


class LoopbackServer:
    """A context manager. `stalled` keeps pictures back; `stop` ends connections and refuses new ones."""

    def __init__(self) -> None:
        self.stalled = threading.Event()
        self.port = 0
        self._server: socketserver.TCPServer | None = None
        self._dead = threading.Event()
        self.start()

    def serve(self, dead: threading.Event) -> type[socketserver.BaseRequestHandler]:
        """A class that answers one connection, until `dead` is set."""
        raise NotImplementedError

    def start(self) -> None:
        """Serve, again on the port of the first time."""

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True

        self._dead = threading.Event()
        self._server = Server(("127.0.0.1", self.port), self.serve(self._dead))
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        """Die: the port refuses, and open connections end."""
        self._dead.set()
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
