from datetime import timedelta

import pytest

from argus.contracts.auth.authenticator import RpcAuthenticator
from argus.contracts.auth.rpc import CHECK_PERMISSION, VALIDATE_TOKEN, VALIDATE_TOKENS
from argus.contracts.auth.v1 import auth_pb2 as pb
from argus.kernel import context
from argus.kernel.errors import InvalidRequest, Unauthenticated
from argus.kernel.ids import parse_id
from argus.kernel.principal import anonymous, system
from argus.services.auth.revocations.feed import RevocationFeed
from argus.services.auth.revocations.picture import key_of
from support.auth import Auth
from support.platform import TestPlatform


@pytest.fixture(autouse=True)
def nobody_asks(platform: TestPlatform) -> None:
    """As when a service of the platform asks at its edge."""
    context.principal.set(anonymous())


async def test_a_batch_is_answered_in_the_order_of_its_questions(
    platform: TestPlatform, auth: Auth
) -> None:
    ada, eve = await platform.owner(), await platform.owner()
    key = (await auth.api_key(eve, "org:read"))["secret"]
    context.principal.set(anonymous())
    tokens = [ada.token, "junk", key, eve.token]
    answer = await platform.rpc.call(
        VALIDATE_TOKENS,
        pb.ValidateTokensRequest(
            requests=[pb.ValidateTokenRequest(token=token) for token in tokens]
        ),
    )
    assert [response.active for response in answer.responses] == [True, False, True, True]
    assert [response.principal.organization_id for response in answer.responses] == [
        ada.organization_id,
        "",
        eve.organization_id,
        eve.organization_id,
    ]
    assert answer.responses[1].reason == "malformed"


async def test_a_batch_is_bounded(platform: TestPlatform) -> None:
    requests = [pb.ValidateTokenRequest(token="x")] * 101
    with pytest.raises(InvalidRequest):
        await platform.rpc.call(VALIDATE_TOKENS, pb.ValidateTokensRequest(requests=requests))


async def test_a_permission_is_allowed_refused_or_the_credential_is_no_good(
    platform: TestPlatform, auth: Auth
) -> None:
    owner = await platform.owner()
    key = await auth.api_key(owner, "org:read")

    async def may(credential: str, permission: str) -> pb.CheckPermissionResponse:
        context.principal.set(anonymous())
        question = pb.ValidateTokenRequest(token=credential)
        asked = pb.CheckPermissionRequest(credential=question, permission=permission)
        return await platform.rpc.call(CHECK_PERMISSION, asked)

    allowed, refused, junk = [
        await may(credential, permission)
        for credential, permission in (
            (key["secret"], "org:read"),
            (key["secret"], "org:delete"),
            ("junk", "org:read"),
        )
    ]
    assert (allowed.allowed, allowed.reason) == (True, "")
    assert (refused.allowed, refused.reason) == (False, "permission")
    assert allowed.principal == refused.principal
    assert allowed.principal.id == key["id"]
    assert (junk.allowed, junk.reason) == (False, "malformed")
    assert not junk.HasField("principal")


@pytest.mark.usefixtures("vouching")
async def test_only_an_edge_is_told_on_what_an_answer_rests(
    platform: TestPlatform, auth: Auth
) -> None:
    """Whoever remembers must be told of each change, and one is enough."""
    owner = await platform.owner()
    question = pb.ValidateTokenRequest(token=owner.token)
    feed = platform.modules["auth"].resources.get(RevocationFeed)
    context.principal.set(anonymous("192.0.2.1"))
    told = await platform.rpc.call(VALIDATE_TOKEN, question)
    assert set(told.rests_on) >= {key_of(parse_id("usr", owner.user_id))}
    assert (told.stream, told.sequence) == (feed.stream, feed.sequence)
    context.principal.set(system("qa"))
    assert not (await platform.rpc.call(VALIDATE_TOKEN, question)).rests_on


async def test_the_authenticator_gives_the_principal_with_the_address_it_came_from(
    platform: TestPlatform,
) -> None:
    owner = await platform.owner()
    authenticator = RpcAuthenticator(platform.rpc)
    principal = await authenticator.authenticate("bearer", owner.token, "192.0.2.7")
    assert principal.id == owner.user_id
    assert principal.address == "192.0.2.7"
    assert principal.authenticated_at == platform.clock.now()


async def test_the_authenticator_answers_whoever_was_there_before(platform: TestPlatform) -> None:
    """A connection, or a test, may carry the last caller's context into the next call."""
    ada, eve = await platform.owner(), await platform.owner()
    authenticator = RpcAuthenticator(platform.rpc)
    context.principal.set(await authenticator.authenticate("Bearer", ada.token, ""))
    assert (await authenticator.authenticate("Bearer", eve.token, "")).id == eve.user_id


async def test_the_authenticator_says_why_a_credential_is_not_valid(platform: TestPlatform) -> None:
    owner = await platform.owner()
    platform.clock.advance(timedelta(minutes=10))
    authenticator = RpcAuthenticator(platform.rpc)
    with pytest.raises(Unauthenticated, match="expired"):
        await authenticator.authenticate("Bearer", owner.token, "")
    with pytest.raises(Unauthenticated, match="schemes"):
        await authenticator.authenticate("Basic", "YTpi", "")
