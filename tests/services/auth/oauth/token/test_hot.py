"""What the token endpoint answers ahead of the framework is what the framework would answer."""

import re
from dataclasses import replace
from typing import Any

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from argus.apps.compose import LIMITED_BY_ROUTE
from argus.kernel.http.app import create_app
from argus.kernel.http.oauth import OAuthForm
from argus.kernel.principal import Principal
from argus.kernel.rate_limits.limits import RateLimits
from argus.services.auth.oauth.token.hot import read_form
from support.doors import ahead as ahead  # noqa: PLC0414 - a fixture
from support.doors import hot_doors
from support.oauth import MACHINE, REFRESH, DpopKey, OAuth, RegisteredClient, refusal
from support.organizations import Tenant
from support.platform import TestPlatform
from support.tokens import claims_of

TOKEN = "/oauth/token"
_VARIES = {"x-request-id", "server-timing", "content-security-policy", "content-length", "date"}
_NEW = {"access_token", "refresh_token", "request_id"}
_OF_ONE_TOKEN = {"jti", "iat", "exp", "epoch", "sid"}


def same(answer: httpx.Response) -> tuple[int, object, object, dict[str, str]]:
    """All of an answer that must not depend on the door. What is counted, does on the order."""
    body: dict[str, Any] = answer.json()
    claims = claims_of(body["access_token"]) if "access_token" in body else {}
    headers = {
        name: re.sub(r"\d+", "#", value) if name.startswith("ratelimit") else value
        for name, value in answer.headers.items()
        if name not in _VARIES
    }
    return (
        answer.status_code,
        {name: "new" if name in _NEW else value for name, value in body.items()},
        {name: value for name, value in claims.items() if name not in _OF_ONE_TOKEN},
        headers,
    )


async def test_both_doors_answer_alike(
    platform: TestPlatform, oauth: OAuth, acme: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("argus.kernel.authentication.FAILED_AUTHENTICATION_S", 0.0)
    body, _ = await oauth.machine(acme.owner, "org:read", "test:read")
    basic, _ = await oauth.machine(
        acme.owner, "org:read", token_endpoint_auth_method="client_secret_basic"
    )
    public = await oauth.client(acme.owner)
    granted = [
        (await oauth.let_in(acme.owner, public, "org:read", "test:read")).refresh_token
        for _ in range(6)
    ]
    ours = await oauth.resource(acme.owner, "https://api.acme.example", "orders:read")
    machine = {"grant_type": MACHINE, **body.form}
    by_basic = {"data": {"grant_type": MACHINE}, "headers": basic.basic}
    asked: list[dict[str, Any]] = [
        {"data": machine},
        {"data": machine | {"scope": "org:read"}},
        {"data": machine | {"scope": ""}},
        {"data": machine | {"scope": "openid"}},
        {"data": machine | {"resource": oauth.issuer}},
        {"data": machine | {"resource": ours}},
        {"data": machine | {"resource": [oauth.issuer, ours]}},
        {"data": machine | {"scope": ["org:read", "test:read"]}},
        {"data": machine | {"client_secret": "wrong"}},
        {"data": machine | {"client_id": "cli_unknown"}},
        {"data": {"grant_type": MACHINE}},
        {"data": {**body.form}},
        {"data": machine | {"grant_type": "password"}},
        {"data": machine | {"grant_type": REFRESH, "refresh_token": "x"}},
        {"data": machine, "headers": {"DPoP": "no proof"}},
        {"data": machine, "headers": {"Origin": "https://a.example"}},
        {"data": machine, "headers": {"Authorization": "Bearer junk"}},
        {"data": machine, "headers": {"X-API-Key": "junk"}},
        {"data": machine, "headers": basic.basic},
        by_basic,
        {"data": {"grant_type": MACHINE, "client_id": basic.id}, "headers": basic.basic},
        {"data": {"grant_type": MACHINE}, "headers": {"Authorization": "Basic ***"}},
        {"json": machine},
        {"content": b"grant_type=client_credentials;client_id=x", "headers": by_basic["headers"]},
        {"data": {"grant_type": REFRESH, "refresh_token": "unknown", **public.form}},
        {"data": {"grant_type": REFRESH, **public.form}},
    ]
    refreshed = [
        {},
        {"scope": "org:read"},
        {"scope": "org:read project:read"},
    ]

    async def answers(client: httpx.AsyncClient, door: int) -> list[tuple[object, ...]]:
        tokens = granted[door::2]
        more = [
            {"data": {"grant_type": REFRESH, "refresh_token": token, **public.form, **fields}}
            for token, fields in zip(tokens, refreshed, strict=True)
        ]
        again = more[:1]
        return [same(await client.post(TOKEN, **request)) for request in [*asked, *more, *again]]

    for request in asked:  # clients are known here once they have asked
        await platform.client.post(TOKEN, **request)
    async with hot_doors(platform) as client:
        ahead = await answers(client, 0)
    through = await answers(platform.client, 1)
    for number, (one_way, other_way) in enumerate(zip(ahead, through, strict=True)):
        for part, other in zip(one_way, other_way, strict=True):
            assert part == other, number
    assert {status for status, *_ in ahead} == {200, 400, 401}


@pytest.mark.usefixtures("ahead", "vouching")
async def test_who_is_remembered_does_not_reach_the_framework(
    platform: TestPlatform, oauth: OAuth, acme: Tenant
) -> None:
    reached: list[str] = []
    stack = platform.app.middleware_stack

    async def counted(scope: Scope, receive: Receive, send: Send) -> None:
        reached.append(scope["path"])
        assert stack is not None
        await stack(scope, receive, send)

    client, _ = await oauth.machine(acme.owner, "org:read")
    platform.app.middleware_stack = counted
    for _ in range(3):
        answer = await oauth.token(client, MACHINE)
        assert answer.status_code == 200, answer.text
    assert reached == [TOKEN], "the first time the client was not known"
    token = acme.owner.refresh_token
    for _ in range(3):
        answer = await oauth.token(RegisteredClient("argus"), REFRESH, refresh_token=token)
        token = answer.json()["refresh_token"]
    assert reached == [TOKEN]
    proof = {"DPoP": DpopKey(platform).proof()}
    form = {"grant_type": REFRESH, "client_id": "argus", "refresh_token": token}
    answer = await platform.client.post(TOKEN, data=form, headers=proof)
    assert answer.json()["token_type"] == "DPoP"
    assert reached == [TOKEN, TOKEN]


async def test_both_doors_take_from_the_bucket_of_the_client(
    platform: TestPlatform, oauth: OAuth, acme: Tenant
) -> None:
    charged: list[str] = []

    async def three(principal: Principal) -> int:
        charged.append(principal.id)
        return 3

    limits = RateLimits(
        three,
        address_per_minute=100,
        limited_by_route=LIMITED_BY_ROUTE,
        elapsed_s=lambda: 0.0,
    )
    client, _ = await oauth.machine(acme.owner, "org:read")
    platform.app = create_app(
        replace(platform.composition.edge(), limits=limits), platform.composition.modules, "test"
    )
    form, seen = {"grant_type": MACHINE, **client.form}, list[tuple[int, str]]()
    transport = httpx.ASGITransport(platform.app, client=("127.0.0.1", 1))
    through = httpx.AsyncClient(transport=transport, base_url="http://argus.test")
    async with hot_doors(platform) as ahead, through:
        for http in (through, ahead, through, ahead, through):
            answer = await http.post(TOKEN, data=form)
            seen.append((answer.status_code, answer.headers["ratelimit-remaining"]))
            if answer.status_code == 429:
                assert refusal(answer) == (429, "temporarily_unavailable")
                assert int(answer.headers["retry-after"]) >= 1
    assert seen == [(200, "2"), (200, "1"), (200, "0"), (429, "0"), (429, "0")]
    assert charged == [client.id] * 5


@pytest.mark.parametrize(
    ("body", "form"),
    [
        (b"", {}),
        (b"a=1&b=%20x+y", {"a": ("1",), "b": (" x y",)}),
        (b"a=&b", {}),
        (b"resource=x&resource=y", {"resource": ("x", "y")}),
        (b"a=1&a=2", None),
        (b"a=1;b=2", None),
        (b"a=%00", None),
        (b"a=\xff", None),
        (b"a=" + b"x" * 16_385, None),
        (b"&".join(b"a%d=1" % n for n in range(51)), None),
    ],
)
def test_a_form_is_read_here_if_every_parser_reads_it_alike(
    body: bytes, form: dict[str, tuple[str, ...]] | None
) -> None:
    assert read_form(body) == (None if form is None else OAuthForm(form))
