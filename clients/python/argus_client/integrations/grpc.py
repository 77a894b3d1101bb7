"""gRPC: `grpc.server(pool, interceptors=[ArgusInterceptor({"/shop.v1.Shop/Buy": "shop:buy"})])`.

`AsyncArgusInterceptor` is for `grpc.aio.server`. In a method `caller.get()` is who calls.
"""

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any

import grpc
import grpc.aio

from argus_client.client import ArgusClient, AsyncArgusClient
from argus_client.errors import ArgusClientError, Forbidden
from argus_client.integrations.http import presented, problem
from argus_client.principal import Principal

caller: ContextVar[Principal] = ContextVar("argus_caller")
"""Who calls the method that runs."""

_CODES = {
    401: grpc.StatusCode.UNAUTHENTICATED,
    403: grpc.StatusCode.PERMISSION_DENIED,
    503: grpc.StatusCode.UNAVAILABLE,
}
_KINDS: Mapping[tuple[bool, bool], tuple[str, Callable[..., Any]]] = {
    (False, False): ("unary_unary", grpc.unary_unary_rpc_method_handler),
    (False, True): ("unary_stream", grpc.unary_stream_rpc_method_handler),
    (True, False): ("stream_unary", grpc.stream_unary_rpc_method_handler),
    (True, True): ("stream_stream", grpc.stream_stream_rpc_method_handler),
}


class ArgusInterceptor(grpc.ServerInterceptor):
    """Lets a call through if its metadata has a credential with the method's permission.

    `permissions` names it for each method by its full name; an empty one means that any credential
    will do. A method that is not named is refused.
    """

    def __init__(self, permissions: Mapping[str, str], client: ArgusClient | None = None) -> None:
        self._permissions, self._client = permissions, client or ArgusClient()

    def intercept_service(self, continuation: Any, handler_call_details: Any) -> Any:
        """Put the check before the method."""
        handler, method = continuation(handler_call_details), handler_call_details.method
        if handler is None:
            return None

        def guard(behavior: Callable[..., Any]) -> Callable[..., Any]:
            def guarded(request: Any, context: Any) -> Any:
                try:
                    credential = _credential(context.invocation_metadata())
                    caller.set(
                        _admitted(self._client.verify(credential), method, self._permissions)
                    )
                except ArgusClientError as error:
                    _refuse(context, error)
                return behavior(request, context)

            return guarded

        return _rebuilt(handler, guard)


class AsyncArgusInterceptor(grpc.aio.ServerInterceptor):
    """The same for `grpc.aio`."""

    def __init__(
        self, permissions: Mapping[str, str], client: AsyncArgusClient | None = None
    ) -> None:
        self._permissions, self._client = permissions, client or AsyncArgusClient()

    async def intercept_service(self, continuation: Any, handler_call_details: Any) -> Any:
        """Put the check before the method."""
        handler, method = await continuation(handler_call_details), handler_call_details.method
        if handler is None:
            return None

        async def admit(context: Any) -> None:
            try:
                principal = await self._client.verify(_credential(context.invocation_metadata()))
                caller.set(_admitted(principal, method, self._permissions))
            except ArgusClientError as error:
                await _refuse(context, error)

        def guard(behavior: Callable[..., Any]) -> Callable[..., Any]:
            async def guarded(request: Any, context: Any) -> Any:
                await admit(context)
                return await behavior(request, context)

            async def guarded_stream(request: Any, context: Any) -> Any:
                await admit(context)
                async for answer in behavior(request, context):
                    yield answer

            return guarded_stream if handler.response_streaming else guarded

        return _rebuilt(handler, guard)


def _credential(metadata: Any) -> str:
    fields = {str(name): value for name, value in metadata}
    return presented(fields.get("authorization"), fields.get("x-api-key"), None, "", "")[0]


def _admitted(principal: Principal, method: str, permissions: Mapping[str, str]) -> Principal:
    if method not in permissions:
        raise Forbidden(f"(none is named for {method})")
    if permissions[method]:
        principal.require(permissions[method])
    return principal


def _refuse(context: Any, error: ArgusClientError) -> Any:
    """Ends the call: `abort` raises, here or when it is awaited."""
    code = _CODES.get(error.status, grpc.StatusCode.INTERNAL)
    return context.abort(code, str(problem(error)["detail"]))


def _rebuilt(handler: Any, guard: Callable[[Callable[..., Any]], Callable[..., Any]]) -> Any:
    kind, build = _KINDS[handler.request_streaming, handler.response_streaming]
    return build(
        guard(getattr(handler, kind)),
        request_deserializer=handler.request_deserializer,
        response_serializer=handler.response_serializer,
    )
