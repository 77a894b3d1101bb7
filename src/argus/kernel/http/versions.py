"""Versions of the interface, and what is on its way out of it.

There is one version. A client may say which it was written for (`API-Version`), and is refused by
an installation that does not speak it, in place of being misunderstood. Within a version operations
are only added to; one that will go is declared `deprecated()` first, and says so in each answer.
"""

from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime

from fastapi import Depends
from fastapi.params import Depends as DependsParam
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from argus.kernel.errors import ArgusError
from argus.kernel.http.middleware import API_VERSION, refuse

_DEPRECATION = "argus.deprecation"


class VersionNotSupported(ArgusError):
    """The client asks in `API-Version` for a version of the interface that is not spoken here.

    Leave the header out, or use a client for the version that `API-Version` of the answer names.
    """

    code, status, title = "kernel.request.version_not_supported", 400, "Version not supported"


@dataclass(frozen=True)
class Deprecation:
    """That an operation should no longer be used."""

    since: datetime
    """With a time zone; may lie ahead."""
    sunset: datetime | None
    """When it will have gone."""
    guide: str
    """Address of a page that tells what to use in its place."""

    @property
    def headers(self) -> dict[str, str]:
        """RFC 9745, and RFC 8594 for the sunset."""
        headers = {
            "Deprecation": f"@{int(self.since.timestamp())}",
            "Link": f'<{self.guide}>; rel="deprecation"; type="text/html"',
        }
        if self.sunset is not None:
            headers["Sunset"] = format_datetime(self.sunset, usegmt=True)
        return headers

    def note(self, scope: Scope) -> None:
        """Have the answer to the request of `scope` say so."""
        scope[_DEPRECATION] = self

    async def __call__(self) -> None:
        """Nothing: this is a declaration."""


def deprecated(*, since: datetime, guide: str, sunset: datetime | None = None) -> DependsParam:
    """Declare, among a route's `dependencies`, that it should no longer be used.

    Raises:
        ValueError: the sunset lies before the deprecation (RFC 9745 section 4).
    """
    if sunset is not None and sunset < since:
        raise ValueError("an operation is deprecated before it goes")
    return Depends(Deprecation(since, sunset, guide))


class ApiVersion:
    """Refuses requests for other versions, and tells of deprecated operations."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if Headers(scope=scope).get("api-version", API_VERSION) != API_VERSION:
            error = VersionNotSupported(f"this is version {API_VERSION}", supported=[API_VERSION])
            await refuse(error, scope, receive, send)
            return

        async def send_noted(message: Message) -> None:
            noted: Deprecation | None = scope.get(_DEPRECATION)
            if noted is not None and message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(noted.headers)
            await send(message)

        await self._app(scope, receive, send_noted)
