"""The floor of gRPC: the same server, that only answers. Prints its port."""

import asyncio

import grpc
import uvloop
from grpc import aio

_SERVICE = "argus.auth.v1.AuthService"
_ANSWER = b"\x08\x01"
"""Of any message, that its first field is true."""


async def answer(_received: bytes, _context: object) -> bytes:
    """Know the answer."""
    return _ANSWER


async def main() -> None:
    """Serve on a free port until ended."""
    server = aio.server()
    handlers = {
        name: grpc.unary_unary_rpc_method_handler(answer)
        for name in ("ValidateToken", "ValidateTokens")
    }
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(_SERVICE, handlers),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    print(port, flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main())
