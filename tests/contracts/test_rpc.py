"""Every method of the contracts answers and refuses the same, in this process and over gRPC."""

import importlib
import re
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import pytest
from google.protobuf import text_format
from google.protobuf.message import Message
from grpc import aio

from argus.contracts.audit.rpc import VERIFY_CHAIN
from argus.contracts.audit.v1 import audit_pb2 as audit
from argus.contracts.auth.rpc import (
    CHECK_PERMISSION,
    CREATE_API_KEY,
    LEND_UPSTREAM_TOKEN,
    REDEEM_STREAM_TICKET,
    SET_PASSWORD,
    VALIDATE_TOKEN,
    VALIDATE_TOKENS,
    WATCH_REVOCATIONS,
)
from argus.contracts.auth.v1 import auth_pb2 as auth
from argus.contracts.billing.rpc import CHECK_ENTITLEMENT, GET_TIER, RECORD_USAGE, SET_TIER
from argus.contracts.billing.v1 import billing_pb2 as billing
from argus.contracts.identity.rpc import (
    ACCEPT_INVITATION,
    DEACTIVATE_USER,
    DECLINE_INVITATION,
    FIND_USER_BY_EMAIL,
    GET_USER,
    LIST_MEMBERS,
    LIST_MEMBERSHIPS,
    READ_INVITATION,
    REGISTER_USER,
    VERIFY_EMAIL,
)
from argus.contracts.identity.v1 import identity_pb2 as identity
from argus.contracts.notify.rpc import SEND_MAIL
from argus.contracts.notify.v1 import notify_pb2 as notify
from argus.contracts.qa.rpc import GET_RUN, START_RUN
from argus.contracts.qa.v1 import qa_pb2 as qa
from argus.kernel import context
from argus.kernel.errors import ArgusError, Forbidden, ProofNotValid, Unauthenticated
from argus.kernel.ids import OrganizationId, format_id, new_id, parse_id
from argus.kernel.principal import system
from argus.kernel.rpc.client import Rpc
from argus.kernel.rpc.method import Method, StreamMethod
from argus.kernel.rpc.remote import GrpcTransport
from argus.kernel.rpc.status import from_failure
from argus.services import SERVICES
from support.oauth import DpopKey, OAuth
from support.platform import Caller, TestPlatform
from support.serving import grpc_door

UNKNOWN_USER = format_id("usr", new_id())
UNKNOWN_RUN = format_id("run", new_id())


@dataclass(frozen=True)
class Asker:
    """A person and what they have."""

    user_id: str
    organization_id: str
    email: str
    token: str
    run_id: str


@dataclass(frozen=True)
class Case:
    """A call that is answered, and one that is refused with `code`; None: it never is."""

    method: Method[Any, Any]
    asked: Callable[[Asker, str], Message] | None
    """The request of somebody; the text is another one for each transport. None: what it takes is
    not here.
    """
    refused: Message | None
    code: str = ""


CASES = [
    Case(
        REGISTER_USER,
        lambda _caller, word: identity.RegisterUserRequest(email=f"{word}@x.example", name="X"),
        identity.RegisterUserRequest(email="owner1@example.com", name="X"),
        "identity.user.email_taken",
    ),
    Case(
        GET_USER,
        lambda caller, _word: identity.GetUserRequest(user_id=caller.user_id),
        identity.GetUserRequest(user_id=UNKNOWN_USER),
        "identity.user.not_found",
    ),
    Case(
        FIND_USER_BY_EMAIL,
        lambda caller, _word: identity.FindUserByEmailRequest(email=caller.email),
        None,
    ),
    Case(
        VERIFY_EMAIL,
        lambda caller, _word: identity.VerifyEmailRequest(user_id=caller.user_id),
        identity.VerifyEmailRequest(user_id=UNKNOWN_USER),
        "identity.user.not_found",
    ),
    Case(
        LIST_MEMBERSHIPS,
        lambda caller, _word: identity.ListMembershipsRequest(user_id=caller.user_id),
        identity.ListMembershipsRequest(user_id="nonsense"),
        "kernel.id.malformed",
    ),
    Case(
        READ_INVITATION,
        None,
        identity.ReadInvitationRequest(token="inv_guessed"),
        "identity.invitation.not_found",
    ),
    Case(
        ACCEPT_INVITATION,
        None,
        identity.AcceptInvitationRequest(token="inv_guessed", user_id=UNKNOWN_USER),
        "identity.user.not_found",
    ),
    Case(
        DECLINE_INVITATION,
        None,
        identity.DeclineInvitationRequest(token="inv_guessed"),
        "identity.invitation.not_found",
    ),
    Case(
        LIST_MEMBERS,
        lambda _caller, _word: identity.ListMembersRequest(),
        identity.ListMembersRequest(cursor="nonsense"),
        "kernel.id.malformed",
    ),
    Case(
        SET_PASSWORD,
        lambda caller, _word: auth.SetPasswordRequest(
            user_id=caller.user_id, password="a good and long one"
        ),
        auth.SetPasswordRequest(user_id=UNKNOWN_USER, password="short"),
        "auth.password.refused",
    ),
    Case(
        CREATE_API_KEY,
        lambda caller, word: auth.CreateApiKeyRequest(
            organization_id=caller.organization_id, name=word, scopes=["org:read"]
        ),
        auth.CreateApiKeyRequest(organization_id="nonsense", name="x"),
        "kernel.id.malformed",
    ),
    Case(
        LEND_UPSTREAM_TOKEN,
        None,
        auth.LendUpstreamTokenRequest(user_id=UNKNOWN_USER, provider="github"),
        "auth.provider.not_found",
    ),
    Case(
        REDEEM_STREAM_TICKET,
        None,
        auth.RedeemStreamTicketRequest(ticket="forged", path="/api/v1/stream/test/x"),
        "kernel.access.unauthenticated",
    ),
    Case(
        VALIDATE_TOKEN,
        lambda caller, _word: auth.ValidateTokenRequest(token=caller.token),
        None,
    ),
    Case(
        VALIDATE_TOKENS,
        lambda caller, _word: auth.ValidateTokensRequest(
            requests=[
                auth.ValidateTokenRequest(token=token) for token in (caller.token, "nonsense")
            ]
        ),
        auth.ValidateTokensRequest(requests=[auth.ValidateTokenRequest(token="x")] * 101),
        "kernel.request.invalid",
    ),
    Case(
        CHECK_PERMISSION,
        lambda caller, _word: auth.CheckPermissionRequest(
            credential=auth.ValidateTokenRequest(token=caller.token), permission="org:read"
        ),
        auth.CheckPermissionRequest(permission="everything"),
        "kernel.request.invalid",
    ),
    Case(
        CHECK_ENTITLEMENT,
        lambda _caller, _word: billing.CheckEntitlementRequest(feature="qa_runs"),
        billing.CheckEntitlementRequest(feature="qa_runs", quantity=-1),
        "kernel.request.invalid",
    ),
    Case(
        RECORD_USAGE,
        lambda _caller, word: billing.RecordUsageRequest(
            events=[billing.UsageEvent(id="1", source=word, meter="qa_runs", quantity=1)]
        ),
        billing.RecordUsageRequest(events=[billing.UsageEvent(id="", source="", meter="")]),
        "kernel.request.invalid",
    ),
    Case(
        SET_TIER,
        lambda _caller, _word: billing.SetTierRequest(tier="business"),
        billing.SetTierRequest(tier="nonsense"),
        "billing.tier.unknown",
    ),
    Case(GET_TIER, lambda _caller, _word: billing.GetTierRequest(), None),
    Case(VERIFY_CHAIN, lambda _caller, _word: audit.VerifyChainRequest(), None),
    Case(
        SEND_MAIL,
        lambda caller, word: notify.SendMailRequest(
            message_id=word,
            to=caller.email,
            template="invitation",
            variables=dict.fromkeys(
                ("organization", "invited_by", "roles", "token", "expires", "platform_url"), "x"
            ),
        ),
        notify.SendMailRequest(message_id="m", to="a@x.example", template="nonsense"),
        "notify.mail.invalid",
    ),
    Case(
        START_RUN,
        lambda _caller, _word: qa.StartRunRequest(app_url="http://127.0.0.1:9/"),
        qa.StartRunRequest(app_url="file:///etc/passwd"),
        "qa.run.target_refused",
    ),
    Case(
        GET_RUN,
        lambda caller, _word: qa.GetRunRequest(run_id=caller.run_id),
        qa.GetRunRequest(run_id=UNKNOWN_RUN),
        "qa.run.not_found",
    ),
    Case(
        DEACTIVATE_USER,
        lambda caller, _word: identity.DeactivateUserRequest(user_id=caller.user_id),
        identity.DeactivateUserRequest(user_id=UNKNOWN_USER),
        "identity.user.not_found",
    ),
]


def promised() -> Iterator[Method[Any, Any]]:
    """All methods that the contracts name."""
    for service in SERVICES:
        if service != "gateway":  # it calls the others, and is called by nobody
            module = importlib.import_module(f"argus.contracts.{service}.rpc")
            yield from (value for value in vars(module).values() if isinstance(value, Method))


STREAMS = [
    (WATCH_REVOCATIONS, auth.WatchRevocationsRequest()),
]
"""Methods that answer with a stream, and a request to which an answer comes at once."""


@dataclass(frozen=True)
class Transports:
    """The same platform, called in this process and over gRPC."""

    platform: TestPlatform
    owner: Caller
    asker: Asker
    local: Rpc
    grpc: Rpc
    address: str


@pytest.fixture
async def transports(platform: TestPlatform) -> AsyncGenerator[Transports]:
    composition = platform.composition
    async with grpc_door(composition) as port:
        address = f"127.0.0.1:{port}"
        transport = GrpcTransport(address, composition.keyring, composition.clock)
        grpc = Rpc()
        grpc.connect(dict.fromkeys(SERVICES, transport))
        owner = await platform.owner()
        organization_id = OrganizationId(parse_id("org", owner.organization_id))
        context.principal.set(system("gateway", organization_id))
        run = await grpc.call(START_RUN, qa.StartRunRequest(app_url="http://127.0.0.1:9/"))
        asker = Asker(owner.user_id, owner.organization_id, owner.email, owner.token, run.run_id)
        yield Transports(platform, owner, asker, platform.rpc, grpc, address)
        await transport.close()


async def outcome(rpc: Rpc, method: Method[Any, Any], request: Message) -> str:
    """The answer or the error, without what is new each time."""
    try:
        answer = await rpc.call(method, request)
    except ArgusError as error:
        return f"refused {error.code} {type(error).__name__} {error.detail} {error.extensions}"
    text = text_format.MessageToString(answer)
    return re.sub(r"(argus_sk|[a-z]{3})_\w{26,}|(local|grpc)@", "-", text)


def test_no_method_is_left_out() -> None:
    cases = [*(case.method for case in CASES), *(method for method, _ in STREAMS)]
    assert sorted(method.path for method in cases) == sorted(m.path for m in promised())
    assert all(isinstance(method, StreamMethod) for method, _ in STREAMS)


def test_each_method_has_a_deadline_that_a_person_would_wait_for() -> None:
    for method in promised():
        assert 0 < method.deadline_s <= 60, method.path


async def test_each_method_answers_the_same_over_both_transports(transports: Transports) -> None:
    for case in CASES:
        if case.asked is None:
            continue
        local, grpc = [
            await outcome(rpc, case.method, case.asked(transports.asker, word))
            for word, rpc in (("local", transports.local), ("grpc", transports.grpc))
        ]
        assert local == grpc, case.method.path
        assert not local.startswith("refused"), (case.method.path, local)


async def test_each_method_refuses_the_same_over_both_transports(transports: Transports) -> None:
    for case in CASES:
        if case.refused is not None:
            local = await outcome(transports.local, case.method, case.refused)
            grpc = await outcome(transports.grpc, case.method, case.refused)
            assert local == grpc, case.method.path
            assert local.split()[1] == case.code, (case.method.path, local)


@pytest.mark.parametrize(("method", "request_"), STREAMS)
async def test_each_stream_begins_the_same_over_both_transports(
    transports: Transports, method: StreamMethod[Any, Any], request_: Message
) -> None:
    begun: list[Message] = []
    for rpc in (transports.local, transports.grpc):
        async with aclosing(rpc.stream(method, request_)) as answers:
            begun.append(await anext(answers))
    assert begun[0] == begun[1]


async def test_an_api_key_opens_the_grpc_door_as_far_as_its_scopes(transports: Transports) -> None:
    answer = await transports.platform.client.post(
        "/api/v1/api-keys",
        json={"name": "k", "scopes": ["org:read"]},
        headers=transports.owner.headers,
    )
    metadata = (("authorization", f"ApiKey {answer.json()['secret']}"),)
    async with aio.insecure_channel(transports.address) as channel:
        members = await ask(channel, LIST_MEMBERS, identity.ListMembersRequest(), metadata)
        assert [member.user.id for member in members.members] == [transports.owner.user_id]
        with pytest.raises(aio.AioRpcError) as refused:
            await ask(channel, VALIDATE_TOKEN, auth.ValidateTokenRequest(token="x"), metadata)
    assert type(from_failure(refused.value)) is Forbidden


@pytest.mark.requirement("rfc9449:7.1:scheme")
async def test_a_bound_token_opens_the_grpc_door_with_a_proof_for_the_method(
    transports: Transports,
) -> None:
    """`htm` is POST, `htu` the base URL and the method's path; each proof is good once."""
    oauth, key = OAuth(transports.platform), DpopKey(transports.platform)
    client = await oauth.client(transports.owner)
    tokens = await oauth.let_in(transports.owner, client, "org:read", jkt=key.jkt)
    token, path, request = tokens.access_token, LIST_MEMBERS.path, identity.ListMembersRequest()

    def carried(*proofs: str, scheme: str = "DPoP") -> tuple[tuple[str, str], ...]:
        return (("authorization", f"{scheme} {token}"), *(("dpop", proof) for proof in proofs))

    good = key.proof(path, token=token)
    async with aio.insecure_channel(transports.address) as channel:
        members = await ask(channel, LIST_MEMBERS, request, carried(good))
        assert [member.user.id for member in members.members] == [transports.owner.user_id]
        other = DpopKey(transports.platform)
        for metadata in (
            carried(good),
            carried(),
            carried(key.proof(path, token=token), key.proof(path, token=token)),
            carried(key.proof(path, "GET", token=token)),
            carried(key.proof(VALIDATE_TOKEN.path, token=token)),
            carried(key.proof(path)),
            carried(other.proof(path, token=token)),
            carried(scheme="Bearer"),
            carried(key.proof(path, token=token), scheme="Bearer"),
        ):
            with pytest.raises(aio.AioRpcError) as refused:
                await ask(channel, LIST_MEMBERS, request, metadata)
            assert type(from_failure(refused.value)) is ProofNotValid, metadata


async def test_the_grpc_door_tells_the_nonce_that_a_proof_lacks(transports: Transports) -> None:
    platform = transports.platform
    oauth, key = OAuth(platform), DpopKey(platform)
    client = await oauth.client(transports.owner)
    tokens = await oauth.let_in(transports.owner, client, "org:read", jkt=key.jkt)
    token, request = tokens.access_token, identity.ListMembersRequest()

    def carried(nonce: str) -> tuple[tuple[str, str], ...]:
        proof = key.proof(LIST_MEMBERS.path, token=token, nonce=nonce)
        return (("authorization", f"DPoP {token}"), ("dpop", proof))

    async with aio.insecure_channel(transports.address) as channel:
        with pytest.raises(aio.AioRpcError) as refused:
            await ask(channel, LIST_MEMBERS, request, carried("not ours"))
        told = dict(refused.value.trailing_metadata())
        await ask(channel, LIST_MEMBERS, request, carried(str(told["dpop-nonce"])))


async def test_a_call_carries_one_credential(transports: Transports) -> None:
    metadata = (("authorization", f"Bearer {transports.owner.token}"),) * 2
    async with aio.insecure_channel(transports.address) as channel:
        with pytest.raises(aio.AioRpcError) as refused:
            await ask(channel, LIST_MEMBERS, identity.ListMembersRequest(), metadata)
    assert type(from_failure(refused.value)) is Unauthenticated


async def ask(
    channel: aio.Channel,
    method: Method[Any, Any],
    request: Message,
    metadata: tuple[tuple[str, str], ...],
) -> Any:
    """Call as a client that is no sibling would."""
    invoke = channel.unary_unary(
        method.path,
        request_serializer=method.request.SerializeToString,
        response_deserializer=method.response.FromString,
    )
    return await invoke(request, metadata=metadata, timeout=20)
