"""The gRPC door: who calls, and the server with health and reflection."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

import grpc
from google.protobuf.message import Message
from grpc import aio
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection
from grpc_status import rpc_status

from argus.kernel import context
from argus.kernel.authentication import Authenticator
from argus.kernel.crypto import Keyring
from argus.kernel.errors import ArgusError
from argus.kernel.ids import format_id, new_id
from argus.kernel.module import Module
from argus.kernel.principal import anonymous
from argus.kernel.rpc.caller import METADATA_KEY, open_call
from argus.kernel.rpc.client import Rpc
from argus.kernel.rpc.dispatch import RpcHandler, dispatch
from argus.kernel.rpc.status import to_status


class GrpcServer:
    """The gRPC door of the modules in this process, with health and reflection."""

    def __init__(
        self, modules: Sequence[Module], rpc_: Rpc, keyring: Keyring, authenticator: Authenticator
    ) -> None:
        self._modules, self._rpc = modules, rpc_
        self._keyring, self._authenticator = keyring, authenticator
        self._server = aio.server(
            options=[("grpc.max_receive_message_length", 4 << 20), ("grpc.so_reuseport", 0)]
        )

    async def start(self, host: str, port: int) -> int:
        """Listen; returns the port, which is the system's choice for 0."""
        names = [
            reflection.SERVICE_NAME,
            health_pb2.DESCRIPTOR.services_by_name["Health"].full_name,
        ]
        health_servicer = health.aio.HealthServicer()
        health_pb2_grpc.add_HealthServicer_to_server(health_servicer, self._server)
        for service, handlers in self._by_service().items():
            names.append(service)
            self._server.add_generic_rpc_handlers(
                (grpc.method_handlers_generic_handler(service, handlers),)
            )
            await health_servicer.set(service, health_pb2.HealthCheckResponse.SERVING)
        await health_servicer.set("", health_pb2.HealthCheckResponse.SERVING)
        reflection.enable_server_reflection(names, self._server)
        bound = self._server.add_insecure_port(f"{host}:{port}")
        await self._server.start()
        return bound

    async def stop(self) -> None:
        await self._server.stop(grace=2)

    def _by_service(self) -> Mapping[str, dict[str, grpc.RpcMethodHandler]]:
        services: dict[str, dict[str, grpc.RpcMethodHandler]] = {}
        for module in self._modules:
            for handler in module.rpcs:
                services.setdefault(handler.method.service, {})[handler.method.name] = (
                    grpc.unary_unary_rpc_method_handler(
                        self._answer(module, handler),
                        request_deserializer=handler.method.request.FromString,
                        response_serializer=handler.method.response.SerializeToString,
                    )
                )
        return services

    def _answer(
        self, module: Module, handler: RpcHandler[Message, Message]
    ) -> Callable[[Message, aio.ServicerContext], Awaitable[Message]]:
        async def answer(request: Message, grpc_context: aio.ServicerContext) -> Message:
            try:
                sibling = await self._identify(handler.method.path, grpc_context)
                return await dispatch(module, handler, request, self._rpc, sibling=sibling)
            except ArgusError as error:
                await grpc_context.abort_with_status(rpc_status.to_status(to_status(error)))
                raise AssertionError("abort raises") from error

        return answer

    async def _identify(self, path: str, grpc_context: aio.ServicerContext) -> bool:
        """Set the principal of this call; True when a sibling service speaks."""
        metadata = {key: value for key, value in grpc_context.invocation_metadata() or ()}
        address = grpc_context.peer().partition(":")[2].rpartition(":")[0]
        sealed = metadata.get(METADATA_KEY)
        if sealed is not None:
            now = self._modules[0].database.clock.now()
            call = open_call(self._keyring, path, str(sealed), now)
            context.principal.set(call.principal)
            context.request_id.set(call.request_id)
            return True
        context.request_id.set(format_id("req", new_id()))
        scheme, _, credential = str(metadata.get("authorization", "")).partition(" ")
        context.principal.set(
            await self._authenticator.authenticate(scheme, credential, address)
            if scheme
            else anonymous(address)
        )
        return False
