"""Argus's own layer in front of the SDK: which requests reach the MCP server at all.

The edge has authenticated the caller, limited its rate and capped the body.
"""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from argus.kernel import context
from argus.kernel.errors import ArgusError, Unauthenticated
from argus.kernel.http.problems import MethodNotAllowed, problem


class ForeignOrigin(ArgusError):
    """A web page of another origin made the request, which browsers may only do for pages that the
    installation trusts.

    Add the page's origin to `ARGUS_CORS_ORIGINS`, or call from a program instead of a page.
    """

    code, status, title = "gateway.origin.foreign", 403, "Foreign origin"


class Door:
    """Lets authenticated POSTs of trusted origins through.

    An anonymous caller is told where to learn how to authenticate (RFC 9728 section 5.1). There is
    no stream to GET and no session to DELETE.
    """

    def __init__(
        self, app: ASGIApp, *, origins: frozenset[str], metadata_url: str, scope: str
    ) -> None:
        self._app, self._origins = app, origins
        self._challenge = (
            f'Bearer realm="argus", resource_metadata="{metadata_url}", scope="{scope}"'
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await (self._refusal(scope) or self._app)(scope, receive, send)

    def _refusal(self, scope: Scope) -> ASGIApp | None:
        if scope["method"] != "POST":
            return _answer(MethodNotAllowed("MCP requests are POSTed"), "Allow", "POST")
        origin = Headers(scope=scope).get("origin")
        if origin is not None and origin not in self._origins:
            return problem(ForeignOrigin(f"{origin} is not trusted"))
        if not context.principal.get().is_authenticated:
            return _answer(Unauthenticated(), "WWW-Authenticate", self._challenge)
        return None


def _answer(error: ArgusError, header: str, value: str) -> ASGIApp:
    answer = problem(error)
    answer.headers[header] = value
    return answer
