"""The gRPC door: who calls, and the server with health and reflection.

Credentials come as in HTTP, in `authorization`; a token that is bound to a key with a proof in
`dpop`, whose `htm` is `POST` and whose `htu` is the platform's base URL and the method's path.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Sequence
from contextlib import aclosing
from typing import Any, NoReturn, cast
from urllib.parse import unquote

import grpc
from google.protobuf.message import DecodeError, Message
from grpc import aio
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection, reflection_pb2
from opentelemetry import context as trace_context
from opentelemetry.propagate import extract

from argus.kernel import context
from argus.kernel.authentication import Authenticator, PossessionProof, failing_slowly
from argus.kernel.crypto import Keyring
from argus.kernel.errors import (
    ArgusError,
    InvalidRequest,
    ProofNotValid,
    Unauthenticated,
)
from argus.kernel.ids import format_id, new_id
from argus.kernel.loopback import is_loopback
from argus.kernel.module import Module
from argus.kernel.principal import anonymous
from argus.kernel.rate_limits.limits import RateLimits, plain_address
from argus.kernel.rpc import status
from argus.kernel.rpc.caller import METADATA_KEY, SiblingCall, open_call
from argus.kernel.rpc.client import Rpc
from argus.kernel.rpc.dispatch import RpcHandler, StreamHandler, dispatch, dispatch_stream
from argus.kernel.rpc.method import Method
from argus.kernel.rpc.once import use_once
from argus.kernel.rpc.tls import MutualTls

_MAX_MESSAGE_BYTES = 4 << 20

_Context = aio.ServicerContext[bytes, Message]


class GrpcServer:
    """The gRPC door of the modules in this process, with health and reflection."""

    def __init__(
        self,
        modules: Sequence[Module],
        rpc_: Rpc,
        keyring: Keyring,
        authenticator: Authenticator,
        limits: RateLimits,
        base_url: str,
    ) -> None:
        self._modules, self._rpc = modules, rpc_
        self._keyring, self._authenticator, self._limits = keyring, authenticator, limits
        self._base_url = base_url
        self._server = aio.server(
            options=[
                ("grpc.max_receive_message_length", _MAX_MESSAGE_BYTES),
                ("grpc.so_reuseport", 0),
            ]
        )

    async def start(self, host: str, port: int, tls: MutualTls | None = None) -> int:
        """Listen; returns the port, which is the system's choice for 0.

        Without `tls` it listens on loopback, whatever `host` is: a caller's word and an API key
        would be for everybody on the way to read.
        """
        services = self._by_service()
        for service, handlers in services.items():
            self._server.add_generic_rpc_handlers(
                (grpc.method_handlers_generic_handler(service, handlers),)
            )
        await self._add_health(["", *services])
        self._add_reflection(services)
        if tls is not None:
            bound = self._server.add_secure_port(f"{host}:{port}", tls.server_credentials())
        else:
            host = host if is_loopback(host) else "127.0.0.1"
            bound = self._server.add_insecure_port(f"{host}:{port}")
        await self._server.start()
        return bound

    async def stop(self) -> None:
        """Take no new call, and end those under way after 2 s."""
        await self._server.stop(grace=2)

    async def _add_health(self, services: Sequence[str]) -> None:
        servicer = cast("Any", health).aio.HealthServicer()  # the stubs lack it
        health_pb2_grpc.add_HealthServicer_to_server(servicer, self._server)  # pyright: ignore[reportUnknownMemberType]
        for service in services:
            await servicer.set(service, health_pb2.HealthCheckResponse.SERVING)

    def _add_reflection(self, services: Iterable[str]) -> None:
        """In the version that has a name of its own since 2023, and in the one before: their
        messages are the same.
        """
        older, newer = reflection.SERVICE_NAME, "grpc.reflection.v1.ServerReflection"
        offered = [older, newer, health.SERVICE_NAME, *services]
        servicer = cast("Any", reflection).aio.ReflectionServicer(offered)  # the stubs lack it
        handler = grpc.stream_stream_rpc_method_handler(
            servicer.ServerReflectionInfo,
            request_deserializer=reflection_pb2.ServerReflectionRequest.FromString,
            response_serializer=reflection_pb2.ServerReflectionResponse.SerializeToString,
        )
        self._server.add_generic_rpc_handlers(
            tuple(
                grpc.method_handlers_generic_handler(name, {"ServerReflectionInfo": handler})
                for name in (older, newer)
            )
        )

    def _by_service(self) -> "dict[str, dict[str, grpc.RpcMethodHandler[Any, Any]]]":
        services: dict[str, dict[str, grpc.RpcMethodHandler[Any, Any]]] = {}
        for module in self._modules:
            for handler in module.rpcs:
                services.setdefault(handler.method.service, {})[handler.method.name] = (
                    grpc.unary_unary_rpc_method_handler(
                        self._answer(module, handler),
                        response_serializer=handler.method.response.SerializeToString,
                    )
                )
            for handler in module.streams:
                services.setdefault(handler.method.service, {})[handler.method.name] = (
                    grpc.unary_stream_rpc_method_handler(
                        self._stream(module, handler),
                        response_serializer=handler.method.response.SerializeToString,
                    )
                )
        return services

    def _answer(
        self, module: Module, handler: RpcHandler[Any, Any]
    ) -> Callable[[bytes, _Context], Awaitable[Message]]:
        async def answer(received: bytes, grpc_context: _Context) -> Message:
            try:
                sibling = await self._identify(module, handler.method, received, grpc_context)
                request = _parse(handler.method, received)
                return await dispatch(module, handler, request, self._rpc, sibling=sibling)
            except ArgusError as error:
                await _refuse(error, grpc_context)

        return answer

    def _stream(
        self, module: Module, handler: StreamHandler[Any, Any]
    ) -> Callable[[bytes, _Context], AsyncGenerator[Message]]:
        async def stream(received: bytes, grpc_context: _Context) -> AsyncGenerator[Message]:
            try:
                sibling = await self._identify(module, handler.method, received, grpc_context)
                request = _parse(handler.method, received)
                async with aclosing(
                    dispatch_stream(module, handler, request, sibling=sibling)
                ) as answers:
                    async for answer in answers:
                        yield answer
            except ArgusError as error:
                await _refuse(error, grpc_context)

        return stream

    async def _identify(
        self, module: Module, method: Method[Any, Any], received: bytes, grpc_context: _Context
    ) -> bool:
        """Set the principal of this call; True when a sibling service speaks."""
        path, address = method.path, address_of(grpc_context.peer())
        sent = [(key, str(value)) for key, value in grpc_context.invocation_metadata() or ()]
        metadata = dict(sent)
        if "traceparent" in metadata:
            trace_context.attach(extract(metadata))
        sealed = metadata.get(METADATA_KEY)
        if sealed is not None:
            call = await failing_slowly(self._open(module, method, received, sealed, address))
            context.service.set(call.service)
            context.principal.set(call.principal)
            context.request_id.set(call.request_id)
            return True
        context.request_id.set(format_id("req", new_id()))
        self._limits.admit(address)
        if len([key for key, _ in sent if key == "authorization"]) > 1:
            raise Unauthenticated("send exactly one credential")
        scheme, _, credential = metadata.get("authorization", "").partition(" ")
        principal = anonymous(address)
        if scheme:
            proof = proof_of(sent, self._base_url + path) if scheme.lower() == "dpop" else None
            attempt = self._authenticator.authenticate(scheme, credential, address, proof)
            principal = await failing_slowly(attempt)
        context.principal.set(principal)
        (await self._limits.take(principal, path)).enforce()
        return False

    async def _open(
        self,
        module: Module,
        method: Method[Any, Any],
        received: bytes,
        sealed: str,
        address: str,
    ) -> SiblingCall:
        """The call of a sibling, who is not limited; one that fails counts as its address's."""
        database = module.database
        try:
            call = open_call(self._keyring, method.path, received, sealed, database.clock.now())
            if not method.idempotent:
                await use_once(database, sealed)
        except Unauthenticated:
            self._limits.admit(address)
            raise
        return call


def _parse(method: Method[Any, Any], received: bytes) -> Message:
    try:
        return method.request.FromString(received)
    except DecodeError:
        raise InvalidRequest("the request is no message of the method") from None


async def _refuse(error: ArgusError, grpc_context: _Context) -> NoReturn:
    refusal = status.to_status(error)
    trailing: list[tuple[str, str | bytes]] = [(status.METADATA_KEY, refusal.SerializeToString())]
    nonce = error.extensions.get("nonce")
    if isinstance(error, ProofNotValid) and nonce:
        trailing.append(("dpop-nonce", str(nonce)))
    grpc_context.set_trailing_metadata(tuple(trailing))
    await grpc_context.abort(status.grpc_code(refusal), refusal.message)


def proof_of(metadata: Iterable[tuple[str, str]], url: str) -> PossessionProof:
    """The proof of a call, of which it has exactly one: for the method POST, and the address of the
    called method below that of the platform (RFC 9449 section 7.1).

    Raises:
        ProofNotValid: it has several, or none.
    """
    proofs = [value for key, value in metadata if key == "dpop"]
    if len(proofs) != 1:
        raise ProofNotValid("send exactly one proof")
    return PossessionProof(proofs[0], "POST", url)


def address_of(peer: str) -> str:
    """The address in gRPC's name of a peer: `ipv4:192.0.2.1:5000`, `ipv6:[2001:db8::1]:5000`."""
    return plain_address(unquote(peer.partition(":")[2]))
