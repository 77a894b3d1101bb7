"""Flask: `argus = Argus(app)`, and `@argus.requires("results:read")` below the route."""

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast

from flask import Flask, Response, current_app, g, jsonify, request

from argus_client.client import ArgusClient
from argus_client.errors import ArgusClientError
from argus_client.integrations.http import PROBLEM, presented, problem
from argus_client.principal import Principal

P = ParamSpec("P")
R = TypeVar("R")


class Argus:
    """Protects views of an application, and answers refusals as problems (RFC 9457)."""

    def __init__(self, app: Flask, client: ArgusClient | None = None) -> None:
        """`client`: of the environment's settings unless one is given."""
        self.client = client or ArgusClient()
        app.register_error_handler(ArgusClientError, _refuse)

    @property
    def principal(self) -> Principal:
        """Who sent the request that is being answered, in a view that `requires`."""
        return cast("Principal", g.argus_principal)

    def requires(self, *permissions: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
        """Let only callers with all these permissions in."""

        def protect(view: Callable[P, R]) -> Callable[P, R]:
            @wraps(view)
            def protected(*args: P.args, **kwargs: P.kwargs) -> R:
                credential, proof = presented(
                    request.headers.get("Authorization"),
                    request.headers.get("X-API-Key"),
                    request.headers.get("DPoP"),
                    request.method,
                    request.url,
                )
                principal = self.client.verify(credential, proof)
                principal.require(*permissions)
                g.argus_principal = principal
                return cast("R", current_app.ensure_sync(view)(*args, **kwargs))

            return protected

        return protect


def _refuse(error: Any) -> Response:
    answer = jsonify(problem(error))
    answer.status_code, answer.mimetype = error.status, PROBLEM
    answer.headers.update(error.headers)
    return answer
