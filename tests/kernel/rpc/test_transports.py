"""A sibling answers the same way wherever it runs: each test is run over both transports."""

import asyncio
from base64 import b64decode
from collections.abc import AsyncGenerator, Generator
from contextlib import aclosing, asynccontextmanager
from datetime import timedelta
from typing import Any

import grpc
import pytest
from google.protobuf.wrappers_pb2 import StringValue
from grpc import aio
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2

from argus.kernel import authentication, context
from argus.kernel.crypto import Keyring
from argus.kernel.errors import (
    ArgusError,
    DeadlineExceeded,
    Forbidden,
    InternalError,
    InvalidRequest,
    RateLimited,
    Unauthenticated,
    Unavailable,
)
from argus.kernel.principal import Principal
from argus.kernel.rate_limits.limits import RateLimits
from argus.kernel.rpc.caller import open_call, seal_call
from argus.kernel.rpc.client import CallInsideTransaction, Rpc
from argus.kernel.rpc.method import Method
from argus.kernel.rpc.remote import GrpcTransport
from argus.kernel.rpc.server import GrpcServer, address_of
from argus.kernel.rpc.status import from_failure
from support import toy as toys
from support.platform import FrozenClock
from support.toy import Things, ThingTaken, Toy, of, organization, person
from support.wire import becomes

TENANT = organization()


@pytest.fixture
def as_ada() -> Generator[Principal]:
    ada = person("ada", TENANT)
    token = context.principal.set(ada)
    yield ada
    context.principal.reset(token)


@asynccontextmanager
async def grpc_door(toy: Toy, limits: RateLimits | None = None) -> AsyncGenerator[str]:
    """The address of a gRPC server of the toy."""
    limits = limits or toys.limits(toy.settings)
    server = GrpcServer(
        [toy.module], toy.rpc, toy.server.keyring, toy.callers, limits, toy.settings.base_url
    )
    port = await server.start("127.0.0.1", 0)
    yield f"127.0.0.1:{port}"
    await server.stop()


@pytest.fixture(params=["local", "grpc"])
async def rpc(request: pytest.FixtureRequest, toy: Toy) -> AsyncGenerator[Rpc]:
    if request.param == "local":
        yield toy.rpc
        return
    async with grpc_door(toy) as address:
        remote, transport = Rpc(), GrpcTransport(address, toy.server.keyring, toy.clock)
        remote.connect({"toy": transport})
        yield remote
        await transport.close()


async def refusal(
    rpc: Rpc, method: Method[StringValue, StringValue], value: str = ""
) -> ArgusError:
    """The error that a call ends with."""
    try:
        await rpc.call(method, StringValue(value=value))
    except ArgusError as error:
        return error
    raise AssertionError("the call was answered")


async def test_the_callee_acts_for_the_callers_principal(rpc: Rpc, as_ada: Principal) -> None:
    answer = await rpc.call(toys.WHO_ASKS, StringValue())
    assert answer.value == f"{as_ada.id} {TENANT}"


async def test_the_callee_knows_which_service_calls(rpc: Rpc, as_ada: Principal) -> None:
    context.service.set("qa")
    answer = await rpc.call(toys.WHO_ASKS, StringValue())
    assert answer.value == f"{as_ada.id} {TENANT} by qa"
    assert context.service.get() == "qa", "and goes on as itself"


async def test_the_effect_is_committed_before_the_answer(
    rpc: Rpc, toy: Toy, as_ada: Principal
) -> None:
    await rpc.call(toys.WRITE, StringValue(value="made"))
    assert toy.names() == ["made"]


async def test_an_error_of_the_catalogue_arrives_as_itself_and_undoes_the_call(
    rpc: Rpc, toy: Toy, as_ada: Principal
) -> None:
    error = await refusal(rpc, toys.FAIL, "somebody has it")
    assert type(error) is ThingTaken
    assert (error.detail, error.extensions) == ("somebody has it", {"by": "somebody"})
    assert toy.names() == []


async def test_the_unforeseen_arrives_opaquely(rpc: Rpc, as_ada: Principal) -> None:
    error = await refusal(rpc, toys.BREAK)
    assert type(error) is InternalError
    assert "hunter2" not in str(error)


async def test_a_call_ends_with_its_deadline(rpc: Rpc, as_ada: Principal) -> None:
    assert type(await refusal(rpc, toys.HANG)) is DeadlineExceeded


async def test_a_method_nobody_serves_is_unavailable(rpc: Rpc, as_ada: Principal) -> None:
    assert type(await refusal(rpc, toys.UNSERVED)) is Unavailable


async def test_a_call_after_the_first_statement_is_refused(
    rpc: Rpc, toy: Toy, as_ada: Principal
) -> None:
    async with toy.database.unit_of_work(of(TENANT)) as uow:
        await rpc.call(toys.WHO_ASKS, StringValue())
        await Things(uow).make("begun")
        with pytest.raises(CallInsideTransaction):
            await rpc.call(toys.WHO_ASKS, StringValue())


async def test_an_unconfigured_or_dead_sibling_is_unavailable(toy: Toy) -> None:
    assert type(await refusal(Rpc(), toys.WHO_ASKS)) is Unavailable
    async with grpc_door(toy) as address:
        pass
    transport, rpc = GrpcTransport(address, toy.server.keyring, toy.clock), Rpc()
    rpc.connect({"toy": transport})
    assert type(await refusal(rpc, toys.WHO_ASKS)) is Unavailable
    await transport.close()


@pytest.fixture
async def channel(toy: Toy) -> AsyncGenerator[aio.Channel]:
    async with grpc_door(toy) as address, aio.insecure_channel(address) as channel:
        yield channel


async def call(
    channel: aio.Channel, method: Method[StringValue, StringValue], **metadata: str
) -> ArgusError | str:
    """What a client that is no sibling gets: the answer, or the error."""
    invoke = channel.unary_unary(
        method.path,
        request_serializer=StringValue.SerializeToString,
        response_deserializer=StringValue.FromString,
    )
    try:
        answer = await invoke(
            StringValue(value="made"),
            metadata=tuple((key.replace("_", "-"), value) for key, value in metadata.items()),
            timeout=20,
        )
    except aio.AioRpcError as failure:
        return from_failure(failure)
    return answer.value


async def test_a_client_is_let_in_by_its_credential_and_permission(
    toy: Toy, channel: aio.Channel
) -> None:
    toy.callers.by_token = {
        "ada": person("ada", TENANT),
        "reader": person("reader", TENANT, "toy:read"),
    }
    assert await call(channel, toys.WRITE, authorization="ApiKey ada") == "made"
    assert toy.query("select organization_id from toy.thing") == [(TENANT,)]
    for metadata, refused in (
        ({}, Unauthenticated),
        ({"authorization": "Bearer wrong"}, Unauthenticated),
        ({"authorization": "Bearer reader"}, Forbidden),
    ):
        assert type(await call(channel, toys.WRITE, **metadata)) is refused


async def test_a_failed_authentication_costs_its_sender_and_holds_nobody_up(
    toy: Toy, channel: aio.Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    toy.callers.by_token = {"ada": person("ada", TENANT)}
    monkeypatch.setattr(authentication, "FAILED_AUTHENTICATION_S", 3600.0)
    async with asyncio.TaskGroup() as group, asyncio.timeout(20):
        waiting = group.create_task(call(channel, toys.WRITE, authorization="Bearer wrong"))
        assert await call(channel, toys.WRITE, authorization="Bearer ada") == "made"
        assert not waiting.done()
        waiting.cancel()


async def test_callers_are_limited_as_over_http_and_siblings_are_not(toy: Toy) -> None:
    toy.callers.by_token = {"ada": person("ada", TENANT), "bob": person("bob", TENANT)}
    limits = toys.limits(toy.settings, 1)
    async with grpc_door(toy, limits) as address, aio.insecure_channel(address) as channel:
        assert await call(channel, toys.WRITE, authorization="Bearer ada") == "made"
        assert type(await call(channel, toys.WRITE, authorization="Bearer ada")) is RateLimited
        assert await call(channel, toys.WRITE, authorization="Bearer bob") == "made"
        for _ in range(2):
            answer = await call(channel, toys.WHO_ASKS, argus_caller=sealed(toy))
            assert answer == f"service:toy {TENANT} by qa"


async def test_an_address_is_limited_before_its_credential_is_looked_at(toy: Toy) -> None:
    settings = toy.settings.model_copy(update={"address_requests_per_minute": 1})
    async with (
        grpc_door(toy, toys.limits(settings)) as address,
        aio.insecure_channel(address) as channel,
    ):
        assert type(await call(channel, toys.WRITE)) is Unauthenticated
        assert type(await call(channel, toys.WRITE, authorization="Bearer wrong")) is RateLimited


@pytest.mark.parametrize(
    ("peer", "address"),
    [
        ("ipv4:192.0.2.1:5000", "192.0.2.1"),
        ("ipv6:[2001:db8::1]:5000", "2001:db8::1"),
        ("ipv6:%5B2001:db8::1%5D:5000", "2001:db8::1"),
    ],
)
def test_the_name_of_a_peer_tells_its_address(peer: str, address: str) -> None:
    assert address_of(peer) == address


async def test_a_client_cannot_call_what_is_for_siblings(toy: Toy, channel: aio.Channel) -> None:
    toy.callers.by_token = {"ada": person("ada", TENANT)}
    assert type(await call(channel, toys.WHO_ASKS)) is Unauthenticated
    assert type(await call(channel, toys.WHO_ASKS, authorization="Bearer ada")) is Forbidden


SENT = StringValue(value="made").SerializeToString()
"""What `call` sends."""


def sealed(toy: Toy, path: str = toys.WHO_ASKS.path, sent: bytes = SENT) -> str:
    now = toy.clock.now()
    return seal_call(toy.server.keyring, path, sent, "qa", of(TENANT), "req_1", now)


async def test_a_sealed_call_is_a_siblings(toy: Toy, channel: aio.Channel) -> None:
    answer = await call(channel, toys.WHO_ASKS, argus_caller=sealed(toy))
    assert answer == f"service:toy {TENANT} by qa"


async def test_a_sealed_call_cannot_be_forged_moved_or_kept(
    toy: Toy, clock: FrozenClock, channel: aio.Channel
) -> None:
    now = clock.now()
    forged = seal_call(Keyring([bytes(32)]), toys.WHO_ASKS.path, SENT, "qa", of(TENANT), "", now)
    genuine = sealed(toy)
    changed = genuine[:-8] + ("AAAAAAA=" if not genuine.endswith("AAAAAAA=") else "BBBBBBB=")
    moved, other = sealed(toy, toys.WRITE.path), sealed(toy, sent=b"another request")
    for seal in ("", "nonsense", forged, moved, other, changed):
        assert type(await call(channel, toys.WHO_ASKS, argus_caller=seal)) is Unauthenticated
    clock.advance(timedelta(seconds=61))
    assert type(await call(channel, toys.WHO_ASKS, argus_caller=genuine)) is Unauthenticated


async def test_a_sealed_call_that_changes_something_is_answered_once(
    toy: Toy, clock: FrozenClock, channel: aio.Channel
) -> None:
    seal, again = sealed(toy, toys.WRITE.path), sealed(toy, toys.WRITE.path)
    assert await call(channel, toys.WRITE, argus_caller=seal) == "made"
    for replayed in (seal, respelled(seal)):
        clock.advance(timedelta(seconds=29))
        error = await call(channel, toys.WRITE, argus_caller=replayed)
        assert type(error) is Unauthenticated
    assert toy.names() == ["made"]
    clock.advance(-timedelta(seconds=58))
    assert await call(channel, toys.WRITE, argus_caller=again) == "made"


async def test_a_recorded_call_is_refused_by_another_replica_too(
    toy: Toy, channel: aio.Channel
) -> None:
    seal = sealed(toy, toys.WRITE.path)
    assert await call(channel, toys.WRITE, argus_caller=seal) == "made"
    async with (
        grpc_door(toy, toys.limits(toy.settings)) as address,
        aio.insecure_channel(address) as other,
    ):
        assert type(await call(other, toys.WRITE, argus_caller=seal)) is Unauthenticated
    assert toy.names() == ["made"]


async def test_a_sealed_call_that_fails_counts_as_its_addresss(toy: Toy) -> None:
    settings = toy.settings.model_copy(update={"address_requests_per_minute": 1})
    async with (
        grpc_door(toy, toys.limits(settings)) as address,
        aio.insecure_channel(address) as channel,
    ):
        forged = {"argus_caller": sealed(toy, sent=b"another request")}
        assert type(await call(channel, toys.WHO_ASKS, **forged)) is Unauthenticated
        assert type(await call(channel, toys.WHO_ASKS, **forged)) is RateLimited
        answer = await call(channel, toys.WHO_ASKS, argus_caller=sealed(toy))
        assert answer == f"service:toy {TENANT} by qa"


def respelled(seal: str) -> str:
    """The same bytes in other letters, where base64 has some to spare."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    body = seal.rstrip("=")
    spelled = [body[:-1] + last + seal[len(body) :] for last in alphabet if last != body[-1]]
    same = [other for other in spelled if b64decode(other) == b64decode(seal)]
    return same[0] if same else seal


async def test_what_is_no_message_of_the_method_is_the_callers_fault(
    toy: Toy, channel: aio.Channel
) -> None:
    toy.callers.by_token = {"ada": person("ada", TENANT)}
    invoke = channel.unary_unary(toys.WRITE.path)
    with pytest.raises(aio.AioRpcError) as refused:
        await invoke(b"\xff\xff", metadata=(("authorization", "Bearer ada"),), timeout=20)
    assert type(from_failure(refused.value)) is InvalidRequest


def test_a_sealed_call_tells_the_whole_principal(toy: Toy) -> None:
    ada = person("ada", TENANT)
    seal = seal_call(toy.server.keyring, "/path", b"", "qa", ada, "req_1", toy.clock.now())
    opened = open_call(toy.server.keyring, "/path", b"", seal, toy.clock.now())
    assert (opened.service, opened.principal, opened.request_id) == ("qa", ada, "req_1")


async def test_health_answers_for_the_server_and_each_service(channel: aio.Channel) -> None:
    health: Any = health_pb2_grpc.HealthStub(channel)  # the stubs of both know no asyncio
    for service in ("", "argus.toy.v1.Toy"):
        answer = await health.Check(health_pb2.HealthCheckRequest(service=service))
        assert answer.status == health_pb2.HealthCheckResponse.SERVING
    with pytest.raises(aio.AioRpcError) as refused:
        await health.Check(health_pb2.HealthCheckRequest(service="argus.other"))
    assert refused.value.code() is grpc.StatusCode.NOT_FOUND


@pytest.mark.parametrize("version", ["v1", "v1alpha"])
async def test_reflection_lists_the_services(channel: aio.Channel, version: str) -> None:
    ask = channel.stream_stream(
        f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo",
        request_serializer=reflection_pb2.ServerReflectionRequest.SerializeToString,
        response_deserializer=reflection_pb2.ServerReflectionResponse.FromString,
    )
    request = reflection_pb2.ServerReflectionRequest(list_services="")
    [answer] = [answer async for answer in ask(iter([request]))]
    names = {service.name for service in answer.list_services_response.service}
    assert {"argus.toy.v1.Toy", "grpc.health.v1.Health"} <= names


async def test_a_stream_is_told_piece_by_piece_and_ended_by_either_side(
    rpc: Rpc, toy: Toy, as_ada: Principal
) -> None:
    told = [answer.value async for answer in rpc.stream(toys.COUNT, StringValue(value="3"))]
    assert told == [f"{as_ada.id} {number}" for number in range(3)]
    async with aclosing(rpc.stream(toys.COUNT, StringValue(value="1000000"))) as answers:
        assert (await anext(answers)).value == f"{as_ada.id} 0"
    await becomes(lambda: toy.module.resources.get(toys.Running).count == 0)


async def test_what_breaks_a_stream_arrives_as_it_was_raised(rpc: Rpc, as_ada: Principal) -> None:
    answers = rpc.stream(toys.COUNT, StringValue(value="-1"))
    with pytest.raises(ThingTaken) as error:
        await anext(answers)
    assert error.value.extensions == {"by": "somebody"}
    with pytest.raises(InternalError):
        await anext(rpc.stream(toys.COUNT, StringValue(value="nonsense")))
    with pytest.raises(Unavailable):
        await anext(rpc.stream(toys.UNSERVED_STREAM, StringValue()))


async def test_a_stream_asks_for_the_callers_permission(toy: Toy, channel: aio.Channel) -> None:
    toy.callers.by_token = {
        "ada": person("ada", TENANT),
        "reader": person("reader", TENANT, "toy:read"),
    }
    count = channel.unary_stream(
        toys.COUNT.path,
        request_serializer=StringValue.SerializeToString,
        response_deserializer=StringValue.FromString,
    )

    async def told(*metadata: tuple[str, str]) -> int:
        return len([each async for each in count(StringValue(value="2"), metadata=metadata)])

    assert await told(("authorization", "Bearer ada")) == 2
    for metadata, error in (
        ((), Unauthenticated),
        ((("authorization", "Bearer reader"),), Forbidden),
    ):
        with pytest.raises(aio.AioRpcError) as refused:
            await told(*metadata)
        assert type(from_failure(refused.value)) is error
