"""Django: `@requires("results:read")` on a view, synchronous or not, and `caller(request)` in it.

The client is `settings.ARGUS`, an `ArgusClient`; without that setting, one of the environment.
"""

from collections.abc import Callable
from functools import cache, wraps
from inspect import iscoroutinefunction
from typing import Any, cast

from django.conf import settings  # pyright: ignore[reportMissingTypeStubs] - it has none
from django.http import (  # pyright: ignore[reportMissingTypeStubs] - the same
    HttpRequest,
    HttpResponse,
    JsonResponse,
)

from argus_client.client import ArgusClient
from argus_client.errors import ArgusClientError
from argus_client.integrations.http import PROBLEM, presented, problem
from argus_client.principal import Principal
from argus_client.questions import Proof

View = Callable[..., Any]


def requires(*permissions: str) -> Callable[[View], View]:
    """Let only callers with all these permissions in: `caller(request)` says who it is.

    Of a class: `@method_decorator(requires("results:read"), name="dispatch")`. Refusals are
    answered as problems (RFC 9457). A view that takes no cookies needs no protection against forged
    requests: add `@csrf_exempt` where it changes something.
    """

    def protect(view: View) -> View:
        @wraps(view)
        def protected(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            try:
                _admit(request, client().verify(*_presented(request)), permissions)
            except ArgusClientError as error:
                return _refuse(error)
            return view(request, *args, **kwargs)

        @wraps(view)
        async def protected_async(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            try:
                principal = await client().awaitable.verify(*_presented(request))
                _admit(request, principal, permissions)
            except ArgusClientError as error:
                return _refuse(error)
            return await view(request, *args, **kwargs)

        return protected_async if iscoroutinefunction(view) else protected

    return protect


def caller(request: HttpRequest) -> Principal:
    """Who sent the request, in a view that `requires`."""
    return cast("Any", request).argus_principal


def client() -> ArgusClient:
    """The client of this Django."""
    configured = cast("ArgusClient | None", getattr(settings, "ARGUS", None))
    return configured or _of_environment()


@cache
def _of_environment() -> ArgusClient:
    return ArgusClient()


def _presented(request: Any) -> tuple[str, Proof | None]:
    headers = request.headers
    return presented(
        headers.get("Authorization"),
        headers.get("X-API-Key"),
        headers.get("DPoP"),
        request.method,
        request.build_absolute_uri(),
    )


def _admit(request: Any, principal: Principal, permissions: tuple[str, ...]) -> None:
    principal.require(*permissions)
    request.argus_principal = principal


def _refuse(error: ArgusClientError) -> HttpResponse:
    answer = JsonResponse(problem(error), status=error.status, content_type=PROBLEM)
    for name, value in error.headers.items():
        answer[name] = value
    return answer
