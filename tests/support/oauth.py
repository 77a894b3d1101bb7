"""The authorization server of a running platform, as clients and their owners use it."""

import base64
import hashlib
import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx
from joserfc import jws
from joserfc.jwk import ECKey, OKPKey, RSAKey

from argus.kernel.ids import OrganizationId, SessionId, UserId, new_id, parse_id
from argus.kernel.principal import anonymous
from argus.services.auth.oauth.consents.models import Given
from argus.services.auth.oauth.consents.repository import ConsentRepository
from argus.services.auth.sessions.service import ClientGrant
from argus.services.auth.tokens.service import IssuedTokens, TokenService
from support import clients
from support.platform import Caller, TestPlatform

REFRESH = "refresh_token"
MACHINE = "client_credentials"
ERRORS = {"error", "error_description", "error_uri"}


@dataclass(frozen=True)
class RegisteredClient:
    """A client as its developer knows it."""

    id: str
    secret: str | None = None

    @property
    def form(self) -> dict[str, str]:
        """How a client with its secret in the body, or without one, says who it is."""
        secret = {"client_secret": self.secret} if self.secret else {}
        return {"client_id": self.id, **secret}

    @property
    def basic(self) -> dict[str, str]:
        """The same, as a header."""
        pair = base64.b64encode(f"{self.id}:{self.secret}".encode()).decode()
        return {"Authorization": f"Basic {pair}"}


@dataclass(frozen=True)
class DpopKey:
    """A key whose possession a client proves (RFC 9449)."""

    platform: TestPlatform
    pair: ECKey | RSAKey | OKPKey = field(default_factory=lambda: ECKey.generate_key("P-256"))
    algorithm: str = "ES256"

    @property
    def jkt(self) -> str:
        return self.pair.thumbprint()

    def proof(
        self,
        path: str = "/oauth/token",
        method: str = "POST",
        *,
        token: str | None = None,
        header: dict[str, Any] | None = None,
        **claims: Any,
    ) -> str:
        """A good proof, with these claims and header members changed; None leaves one out."""
        head = {"typ": "dpop+jwt", "alg": self.algorithm, "jwk": self.pair.as_dict(private=False)}
        body = {
            "jti": str(new_id()),
            "htm": method,
            "htu": self.platform.composition.settings.base_url + path,
            "iat": int(self.platform.clock.now().timestamp()),
            "ath": token and base64url(hashlib.sha256(token.encode()).digest()),
        } | claims
        head |= header or {}
        return jws.serialize_compact(
            {name: value for name, value in head.items() if value is not None},
            json.dumps({name: value for name, value in body.items() if value is not None}),
            self.pair,
            algorithms=[str(head["alg"])],
        )

    def headers(self, token: str, path: str, method: str = "GET", **claims: Any) -> dict[str, str]:
        """What a request with a bound token has."""
        proof = self.proof(path, method, token=token, **claims)
        return {"Authorization": f"DPoP {token}", "DPoP": proof}


@dataclass(frozen=True)
class OAuth:
    """What tests of the authorization server do again and again."""

    platform: TestPlatform

    @property
    def issuer(self) -> str:
        return self.platform.composition.settings.base_url

    async def client(self, owner: Caller, **metadata: Any) -> RegisteredClient:
        """A client that the organization registers; public unless said otherwise."""
        body = {
            "client_name": "An application",
            "redirect_uris": ["https://app.example/callback"],
            "grant_types": ["authorization_code", REFRESH],
            "token_endpoint_auth_method": "none",
        } | metadata
        made = await clients.made(self.platform, owner, "clients", body)
        return RegisteredClient(made["client_id"], made["client_secret"])

    async def machine(
        self, owner: Caller, *permissions: str, **metadata: Any
    ) -> tuple[RegisteredClient, str]:
        """A client with a secret that speaks for a new service account, and that account's id."""
        account = await clients.service_account(self.platform, owner, *permissions)
        client = await self.client(
            owner,
            **{
                "redirect_uris": [],
                "response_types": [],
                "grant_types": [MACHINE],
                "token_endpoint_auth_method": "client_secret_post",
                "service_account_id": account["id"],
            }
            | metadata,
        )
        return client, account["id"]

    async def resource(self, owner: Caller, identifier: str, *scopes: str) -> str:
        """A resource that the organization registers."""
        does = dict.fromkeys(scopes, "Do")
        await clients.resource(self.platform, owner, identifier, **does)
        return identifier

    async def let_in(
        self,
        person: Caller,
        client: RegisteredClient,
        *scopes: str,
        audience: str | None = None,
        started_by: str | None = None,
        offline: bool = False,
        jkt: str | None = None,
        is_public: bool = True,
    ) -> IssuedTokens:
        """Tokens of a client, as if the person had authorized it."""
        tokens = self.platform.modules["auth"].resources.get(TokenService)
        now = self.platform.clock.now()
        grant = ClientGrant(
            client_id=client.id,
            scopes=frozenset(scopes),
            audience=audience or self.issuer,
            authenticated_at=now,
            strength=("pwd",),
            started_by=SessionId(parse_id("ses", started_by)) if started_by else None,
            offline=offline,
            cnf_jkt=jkt if is_public else None,
            life=timedelta(days=30),
        )
        authority = await tokens.authority(
            UserId(parse_id("usr", person.user_id)),
            OrganizationId(parse_id("org", person.organization_id)),
            anonymous(),
        )
        assert authority is not None
        async with self.platform.unit_of_work("auth", anonymous()) as uow:
            return await tokens.begin(uow, authority, grant, jkt=jkt)

    async def consent(
        self, person: Caller, client: RegisteredClient, *scopes: str, audience: str | None = None
    ) -> None:
        """Let the person have agreed to what the client may do."""
        given = Given(
            user_id=UserId(parse_id("usr", person.user_id)),
            client_id=client.id,
            client_name="An application",
            audience=audience or self.issuer,
            organization_id=OrganizationId(parse_id("org", person.organization_id)),
            scopes=scopes,
        )
        async with self.platform.unit_of_work("auth", anonymous()) as uow:
            await ConsentRepository(uow).put(given, [*scopes], self.platform.clock.now())

    async def token(
        self, client: RegisteredClient, grant_type: str, *, proof: str = "", **form: Any
    ) -> httpx.Response:
        """The answer of the token endpoint."""
        return await self.platform.client.post(
            "/oauth/token",
            data={"grant_type": grant_type, **client.form, **form},
            headers={"DPoP": proof} if proof else {},
        )

    async def refresh(
        self, client: RegisteredClient, refresh_token: str, **form: Any
    ) -> httpx.Response:
        return await self.token(client, REFRESH, refresh_token=refresh_token, **form)

    async def introspect(self, asker: RegisteredClient, token: str, **form: Any) -> dict[str, Any]:
        answer = await self.platform.client.post(
            "/oauth/introspect", data={"token": token, **asker.form, **form}
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def revoke(self, client: RegisteredClient, token: str, **form: Any) -> httpx.Response:
        return await self.platform.client.post(
            "/oauth/revoke", data={"token": token, **client.form, **form}
        )


def refusal(answer: httpx.Response) -> tuple[int, str]:
    """Status and error word of an OAuth endpoint's refusal, whose form is checked on the way."""
    body = answer.json()
    assert body.keys() >= ERRORS, body
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-type"] == "application/json"
    return answer.status_code, body["error"]


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
