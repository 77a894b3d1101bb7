"""An Argus for the tests of your service: real HTTP on a loopback port, nothing behind it.

It signs tokens that a client of its address accepts, knows the API keys that it made, tells
revocations, answers about entitlements, and keeps the usage that it is sent. It checks nobody's
right to ask: your service's credentials are any.
"""

import base64
import json
import secrets
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric import ec

from argus_client.credentials import ClientSecret
from argus_client.fake_server import LoopbackServer
from argus_client.ids import public_id, uuid_bytes
from argus_client.principal import effective_permissions
from argus_client.revocations import keys_of
from argus_client.settings import Settings
from argus_client.signing import SigningKey

HEARTBEAT_S = 0.2
EVERYTHING = {"allowed": True, "reason": "included", "limit": -1}


@dataclass(frozen=True)
class _Key:
    id: str
    scopes: tuple[str, ...]


@dataclass
class FakeArgus:
    """Use it as a context manager, or by the fixture `argus_issuer` of the pytest plugin."""

    key: SigningKey = field(
        default_factory=lambda: SigningKey(ec.generate_private_key(ec.SECP256R1()))
    )
    organization_id: str = field(default_factory=lambda: _new("org"))
    user_id: str = field(default_factory=lambda: _new("usr"))
    usage: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    """The usage events that arrived, each once."""
    asked: list[str] = field(default_factory=list[str])
    """The requests that arrived: method and path."""
    validated: list[str] = field(default_factory=list[str])
    """The credentials that were asked about."""
    instead: dict[str, list[tuple[int, object]]] = field(
        default_factory=dict[str, list[tuple[int, object]]]
    )
    """Status and JSON of the next answers to a method and path, in place of the usual."""

    def __post_init__(self) -> None:
        self._keys: dict[str, _Key] = {}
        self._dead: set[str] = set()
        self._entitlements: dict[str, dict[str, Any]] = {}
        self._changes: list[tuple[bytes, int]] = []
        self._news = threading.Condition()
        self._stream = secrets.token_urlsafe(12)
        self._feeding = 0
        """Counts how often the feed was cut; negative while it is."""
        self._server = LoopbackServer(self._answer, self._follow)

    def __enter__(self) -> Self:
        """The same, answering."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop it."""
        self.stop()

    def start(self) -> None:
        """Answer, at the address that it had before if it was stopped."""
        self._server.start()

    def stop(self) -> None:
        """Be gone, as a platform that is down."""
        self.cut_feed()
        self._server.stop()
        self.mend_feed()

    def cut_feed(self) -> None:
        """Let no revocation through, and no new follower in."""
        with self._news:
            self._feeding = -abs(self._feeding) - 1
            self._news.notify_all()

    def mend_feed(self) -> None:
        """End a cut."""
        self._feeding = abs(self._feeding)

    @property
    def url(self) -> str:
        """Where it answers."""
        return self._server.url

    @property
    def settings(self) -> Settings:
        """Of a service that uses it."""
        return Settings(url=self.url, credentials=ClientSecret("cli_test", "secret"))

    @property
    def environment(self) -> dict[str, str]:
        """The same, as environment variables."""
        return {
            "ARGUS_URL": self.url,
            "ARGUS_CLIENT_ID": "cli_test",
            "ARGUS_CLIENT_SECRET": "secret",
        }

    def token(
        self,
        *scopes: str,
        roles: Iterable[str] = ("owner",),
        user_id: str = "",
        audience: str = "",
        expires_in: float = 600,
        **claims: Any,
    ) -> str:
        """An access token of a person: with `scopes` as of an application that they use, without
        any as of a session, which may what their roles may. Further claims replace the usual ones;
        one that is None is left out.
        """
        now = int(time.time())
        usual = {
            "iss": self.url,
            "sub": user_id or self.user_id,
            "aud": audience or self.url,
            "exp": int(now + expires_in),
            "iat": now,
            "jti": str(uuid4()),
            "client_id": "cli_application" if scopes else "argus",
            "auth_time": now,
            "amr": ["pwd"],
            "sid": _new("ses"),
            "org": self.organization_id,
            "roles": [*roles],
            "epoch": self.epoch,
            "scope": " ".join(scopes) or None,
        }
        kept = {name: value for name, value in (usual | claims).items() if value is not None}
        return self.key.sign({"typ": "at+jwt", "kid": self.key.public_jwk()["kid"]}, kept)

    def api_key(self, *scopes: str) -> str:
        """An API key of the organization that may do this."""
        key = "argus_sk_" + secrets.token_hex(16)
        self._keys[key] = _Key(_new("key"), scopes)
        return key

    def revoke(self, credential: str) -> None:
        """End a token with its session, or an API key: the feed tells."""
        self._dead.add(credential)
        if credential in self._keys:
            self.tell(uuid_bytes(self._keys[credential].id, "key"))
        else:
            self.tell(uuid_bytes(_claims(credential)["sid"], "ses"))

    @property
    def epoch(self) -> int:
        """Of the latest revocation."""
        return len(self._changes)

    def tell(self, subject: bytes) -> None:
        """Let the feed tell a revocation of the subject with this UUID."""
        (key, _) = keys_of([subject], bytes(16))
        with self._news:
            self._changes.append((key, self.epoch + 1))
            self._news.notify_all()

    def entitle(self, feature: str, *, allowed: bool = True, **answer: Any) -> None:
        """Say of a feature whether the plan includes it. Those nothing is said of are included."""
        reason = "included" if allowed else "not_included"
        self._entitlements[feature] = {"allowed": allowed, "reason": reason, **answer}

    def _answer(self, method: str, path: str, body: Any) -> tuple[int, object]:
        """Status and JSON; `body` is the JSON that was sent, or the fields of a form."""
        request = f"{method} {path}"
        self.asked.append(request)
        if self.instead.get(request):
            return self.instead[request].pop(0)
        usual = self._usual(path.strip("/").split("/"), body)
        if usual is None:
            return 404, {"code": "kernel.request.not_found", "detail": f"no {path} here"}
        return 200, usual

    def _usual(self, path: list[str], body: Any) -> dict[str, Any] | None:
        answer: dict[str, Any] | None = None
        match path:
            case [".well-known", "jwks.json"]:
                answer = {"keys": [self.key.public_jwk()]}
            case [".well-known", "oauth-authorization-server"]:
                answer = {"issuer": self.url, "jwks_uri": f"{self.url}/.well-known/jwks.json"}
            case ["oauth", "token"]:
                answer = self._tokens(body["grant_type"])
            case ["oauth", "device_authorization"]:
                answer = self._device()
            case ["api", "v1", "auth", "me"]:
                answer = self._service()
            case ["api", "v1", "auth", "validate", "batch"]:
                answer = {"answers": [self._validate(each) for each in body["questions"]]}
            case ["api", "v1", "billing", "entitlements", feature]:
                answer = self._entitlement(feature)
            case ["api", "v1", "billing", "usage"]:
                answer = self._count(body["events"])
            case _:
                pass
        return answer

    def _tokens(self, grant_type: str) -> dict[str, Any]:
        """Of a service for itself, else of a person, who has always just agreed."""
        machine = grant_type == "client_credentials"
        token = self.token(roles=["service_account"]) if machine else self.token()
        refresh = {} if machine else {"refresh_token": secrets.token_urlsafe(16)}
        return {"access_token": token, "token_type": "Bearer", "expires_in": 600, **refresh}

    def _device(self) -> dict[str, Any]:
        page = f"{self.url}/device"
        return {
            "device_code": secrets.token_urlsafe(16),
            "user_code": "BCDF-GHJK",
            "verification_uri": page,
            "verification_uri_complete": f"{page}?user_code=BCDF-GHJK",
            "expires_in": 600,
            "interval": 0,
        }

    def _service(self) -> dict[str, Any]:
        permissions = ["entitlement:check", "token:validate", "usage:record"]
        return self._view(_new("sa"), "service_account", "service_account", permissions, "cli_test")

    def _validate(self, question: dict[str, Any]) -> dict[str, Any]:
        credential = question["token"]
        self.validated.append(credential)
        key = self._keys.get(credential)
        if key is None and credential.count(".") == 2:
            return self._validate_token(credential)
        if key is None or credential in self._dead:
            reason = "unknown" if key is None else "revoked"
            return {"active": False, "reason": reason, "principal": None, "expires_at": None}
        permissions = effective_permissions(
            ("api_user",), frozenset(key.scopes), "api_key", grants_itself=True
        )
        view = self._view(key.id, "service_account", "api_key", permissions, key.id)
        view |= {"scopes": sorted(key.scopes), "roles": ["api_user"]}
        return {"active": True, "reason": None, "principal": view, "expires_at": None}

    def _validate_token(self, token: str) -> dict[str, Any]:
        claims = _claims(token)
        if token in self._dead:
            return {"active": False, "reason": "revoked", "principal": None, "expires_at": None}
        scopes = frozenset(claims["scope"].split()) if "scope" in claims else None
        method = "session" if scopes is None else "oauth2"
        permissions = effective_permissions(
            tuple(claims["roles"]), scopes, method, grants_itself=False
        )
        view = self._view(claims["sub"], "user", method, permissions, claims["sid"])
        view |= {"scopes": None if scopes is None else sorted(scopes), "roles": claims["roles"]}
        until = datetime.fromtimestamp(claims["exp"], UTC).isoformat()
        return {"active": True, "reason": None, "principal": view, "expires_at": until}

    def _view(
        self, id_: str, kind: str, method: str, permissions: Iterable[str], credential: str
    ) -> dict[str, Any]:
        return {
            "kind": kind,
            "id": id_,
            "organization_id": self.organization_id,
            "project_id": None,
            "roles": [],
            "scopes": None,
            "permissions": sorted(permissions),
            "method": method,
            "session_id": None,
            "authenticated_at": None,
            "strength": [],
            "actors": [],
            "client_id": "",
            "credential": credential,
        }

    def _entitlement(self, feature: str) -> dict[str, Any]:
        usual = {"feature": feature, "tier": "test", "used": 0, "cheapest_tier": ""}
        price = {"price_minor": 0, "currency": "USD", "limit": -1}
        return usual | price | self._entitlements.get(feature, EVERYTHING)

    def _count(self, events: list[dict[str, Any]]) -> dict[str, int]:
        known = {(event["source"], event["id"]) for event in self.usage}
        new = [event for event in events if (event["source"], event["id"]) not in known]
        self.usage += new
        return {"accepted": len(new), "duplicates": len(events) - len(new), "unmatched": 0}

    def _follow(self) -> Iterator[dict[str, Any]]:
        """The messages to one follower: a snapshot, then what changes, with a heartbeat between."""
        feeding, told = self._feeding, len(self._changes)
        if feeding >= 0:
            yield self._message("snapshot", 0, self._changes[:told], snapshot=True)
        while self._feeding == feeding >= 0:
            with self._news:
                if len(self._changes) == told and self._feeding == feeding:
                    self._news.wait(HEARTBEAT_S)
                changes = self._changes[told:]
            if self._feeding == feeding:
                event = "changes" if changes else "heartbeat"
                yield self._message(event, told, changes, snapshot=False)
            told += len(changes)

    def _message(
        self, event: str, after: int, changes: list[tuple[bytes, int]], *, snapshot: bool
    ) -> dict[str, Any]:
        return {
            "event": event,
            "stream": self._stream,
            "after": after,
            "sequence": after + len(changes),
            "as_of": datetime.now(UTC).isoformat(),
            "snapshot": snapshot,
            "changes": [
                (base64.urlsafe_b64encode(key).rstrip(b"=").decode(), epoch)
                for key, epoch in changes
            ],
        }


def _new(prefix: str) -> str:
    return public_id(prefix, uuid4().bytes)


def _claims(token: str) -> dict[str, Any]:
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
