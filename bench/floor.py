"""The floor: the same HTTP protocol, that only answers. Prints its port."""

import socket

import uvicorn
import uvloop
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_ANSWER = (
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 15\r\n\r\n"
    b'{"active":true}'
)


class _Bare(HttpToolsProtocol):
    """Reads requests as any server must, and knows the answer."""

    def on_message_begin(self) -> None:
        self.url, self.headers = b"", []

    def on_headers_complete(self) -> None:
        pass

    def on_body(self, body: bytes) -> None:
        pass

    def on_message_complete(self) -> None:
        self.transport.write(_ANSWER)


async def _unused(_scope: object, _receive: object, _send: object) -> None:
    pass


if __name__ == "__main__":
    with socket.create_server(("127.0.0.1", 0)) as listening:
        print(listening.getsockname()[1], flush=True)
        config = uvicorn.Config(_unused, http=_Bare, ws="none", lifespan="off", log_config=None)
        uvloop.run(uvicorn.Server(config).serve([listening]))
