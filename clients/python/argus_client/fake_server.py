"""HTTP on a loopback port, in threads, for `FakeArgus`."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast
from urllib.parse import parse_qsl, urlsplit

Answer = Callable[[str, str, Any], tuple[int, object]]
Follow = Callable[[], Iterator[dict[str, Any]]]
FEED = "/api/v1/auth/revocations"


class LoopbackServer:
    """Gives JSON by `answer`, and the feed by `follow`."""

    def __init__(self, answer: Answer, follow: Follow) -> None:
        self._handler = _handler(answer, follow)
        self._server: ThreadingHTTPServer | None = None
        self._port = 0

    @property
    def url(self) -> str:
        """Where it answers; the same after it was stopped and started."""
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Answer from now on."""
        self._server = _Server(("127.0.0.1", self._port), self._handler)
        self._port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        """Answer nobody, and hang up on who is connected."""
        server, self._server = cast("_Server | None", self._server), None
        if server is not None:
            server.shutdown()
            server.hang_up()
            server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # waited for: a test leaves no socket behind
    allow_reuse_address = True

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._connections: set[Any] = set()

    def process_request(self, request: Any, client_address: Any) -> None:
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._connections.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """End all connections, so that their threads end."""
        for connection in list(self._connections):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


def _handler(answer: Answer, follow: Follow) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            if urlsplit(self.path).path == FEED:
                self._feed()
            else:
                self._json(*answer("GET", urlsplit(self.path).path, None))

        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if "json" in self.headers.get("Content-Type", ""):
                body: Any = json.loads(sent)
            else:
                body = dict(parse_qsl(sent.decode()))
            self._json(*answer("POST", self.path, body))

        def _json(self, status: int, body: object) -> None:
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def _feed(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Connection", "close")
            self.end_headers()
            self.close_connection = True
            try:
                for message in follow():
                    event = message.pop("event")
                    self.wfile.write(f"event: {event}\ndata: {json.dumps(message)}\n\n".encode())
                    self.wfile.flush()
            except OSError:
                pass  # the follower has gone

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing: the test that failed does."""

    return Handler
