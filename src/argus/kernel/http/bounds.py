"""What one request may take: bytes, and time to arrive and to be answered."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.routing import compile_path
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from argus.kernel.errors import ArgusError, DeadlineExceeded
from argus.kernel.http.middleware import refuse


class PayloadTooLarge(ArgusError):
    """The body is larger than the operation takes (1 MiB unless documented otherwise)."""

    code, status, title = "kernel.request.too_large", 413, "Payload too large"


class RequestTooSlow(ArgusError):
    """The body did not arrive in time, 20 seconds unless documented otherwise.

    Send it at once; over a slow connection send less in one request.
    """

    code, status, title = "kernel.request.too_slow", 408, "Request too slow"

    @property
    def headers(self) -> dict[str, str]:
        """RFC 9110 section 15.5.9: the rest of the body is not waited for."""
        return {"Connection": "close"}


@dataclass(frozen=True)
class Bounds:
    """Of one request."""

    body_bytes: int = 1 << 20
    body_s: float = 20.0
    """Seconds from the first look at the body until its end, however it trickles."""
    answer_s: float = 60.0
    """Seconds until the answer begins; a stream then lasts as long as it lasts."""


ORDINARY = Bounds()


class RequestBounds:
    """Holds each request to the bounds of its path, or to the ordinary ones.

    `bounds` are by path, in which `{id}` stands for one segment, as in a route.
    """

    def __init__(self, app: ASGIApp, bounds: Mapping[str, Bounds]) -> None:
        self._app = app
        self._bounds = [(compile_path(path)[0], of_path) for path, of_path in bounds.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        bounds = self._of(scope["path"])
        announced = Headers(scope=scope).get("content-length", "0")
        if not announced.isdecimal() or int(announced) > bounds.body_bytes:
            await refuse(_too_large(bounds), scope, receive, send)
            return
        deadline = asyncio.timeout(bounds.answer_s)

        async def send_in_time(message: Message) -> None:
            deadline.reschedule(None)
            await send(message)

        try:
            async with deadline:
                await self._app(scope, bounded(receive, bounds), send_in_time)
        except TimeoutError:
            if not deadline.expired():
                raise
            await refuse(DeadlineExceeded(f"{bounds.answer_s:g} s"), scope, receive, send)

    def _of(self, path: str) -> Bounds:
        return next((bounds for of, bounds in self._bounds if of.match(path)), ORDINARY)


def bounded(receive: Receive, bounds: Bounds) -> Receive:
    """`receive`, which raises PayloadTooLarge and RequestTooSlow for what is left of the body."""
    received, is_whole, ends_at = 0, False, 0.0

    async def receive_bounded() -> Message:
        nonlocal received, is_whole, ends_at
        if is_whole:  # the end of the connection has no bounds
            return await receive()
        now_s = asyncio.get_running_loop().time()
        ends_at = ends_at or now_s + bounds.body_s
        try:
            if now_s >= ends_at:
                raise TimeoutError
            async with asyncio.timeout_at(ends_at):
                message = await receive()
        except TimeoutError:
            raise RequestTooSlow(f"{bounds.body_s:g} s for the whole body") from None
        received += len(message.get("body", b""))
        if received > bounds.body_bytes:
            raise _too_large(bounds)
        is_whole = not message.get("more_body", False)
        return message

    return receive_bounded


def _too_large(bounds: Bounds) -> PayloadTooLarge:
    return PayloadTooLarge(f"at most {bounds.body_bytes} bytes")
