"""Servers of tests on loopback that speak another system's protocol, and say what a test wants."""

import base64
import hashlib
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
from joserfc import jws
from joserfc.jwk import ECKey, RSAKey

from support.listening import Quiet, listening

CLIENT_ID, CLIENT_SECRET = "argus at the provider", "the secret: of argus"
Answer = tuple[int, object]


class Loopback(ABC):
    """A server whose answers are methods of a subclass: `answer` gets all requests."""

    def __init__(self) -> None:
        self.url = ""
        self.asked: list[str] = []
        """Paths, in the order of the requests."""
        self.headers: dict[str, str] = {}
        """Sent with each answer."""

    @abstractmethod
    def answer(self, method: str, path: str, form: dict[str, str], authorization: str) -> Answer:
        """Status and JSON."""


@contextmanager
def serving(server: Loopback) -> Iterator[None]:
    """The server, at an address of its own."""

    class Handler(Quiet, BaseHTTPRequestHandler):
        def _run(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            form = {name: values[0] for name, values in parse_qs(self.rfile.read(length)).items()}
            decoded = {name.decode(): value.decode() for name, value in form.items()}
            path = urlsplit(self.path).path
            server.asked.append(path)
            authorization = self.headers.get("Authorization", "")
            status, told = server.answer(self.command, path, decoded, authorization)
            body = orjson.dumps(told)
            self.send_response(status)
            for name, value in server.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = _run

    with listening(Handler) as server.url:
        yield


class GitHub(Loopback):
    """GitHub's OAuth and REST interfaces as far as a sign-in uses them, in their wire format."""

    def __init__(self) -> None:
        super().__init__()
        self.user: dict[str, object] = {"id": 583231, "login": "ada", "name": "Ada Lovelace"}
        self.emails: list[dict[str, object]] = [
            {"email": "other@example.com", "primary": False, "verified": True},
            {"email": "ada@example.com", "primary": True, "verified": True},
        ]
        self.life_s: int | None = None
        """Of access tokens; with one, there are refresh tokens."""
        self.is_down = False
        self.issued = 0
        self._refresh_tokens: set[str] = set()
        self._codes: dict[str, dict[str, str]] = {}

    @property
    def settings(self) -> dict[str, object]:
        return {
            "kind": "github",
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "url": self.url,
            "api_url": f"{self.url}/api/v3",
        }

    def authorize(self, url: str) -> dict[str, str]:
        """The query with which the browser comes back."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert asked["client_id"] == CLIENT_ID
        code = f"code{len(self._codes)}"
        self._codes[code] = asked
        return {"state": asked["state"], "code": code}

    def revoke_all(self) -> None:
        """The person takes back what they allowed."""
        self._refresh_tokens.clear()

    def answer(self, method: str, path: str, form: dict[str, str], authorization: str) -> Answer:
        if self.is_down:
            return 500, {}
        if (method, path) == ("POST", "/login/oauth/access_token"):
            return 200, self._tokens(form)
        if authorization != f"Bearer gho_{self.issued}":
            return 401, {"message": "Bad credentials"}
        return 200, {"/api/v3/user": self.user, "/api/v3/user/emails": self.emails}[path]

    def _tokens(self, form: dict[str, str]) -> dict[str, object]:
        """GitHub answers errors with 200."""
        if (form["client_id"], form["client_secret"]) != (CLIENT_ID, CLIENT_SECRET):
            return {"error": "incorrect_client_credentials"}
        if form.get("grant_type") == "refresh_token":
            if form["refresh_token"] not in self._refresh_tokens:
                return {"error": "bad_refresh_token"}
            self._refresh_tokens.remove(form["refresh_token"])
        else:
            asked = self._codes.pop(form["code"], None)
            digest = hashlib.sha256(form["code_verifier"].encode()).digest()
            challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
            if asked is None or asked["code_challenge"] != challenge:
                return {"error": "bad_verification_code"}
            if asked["redirect_uri"] != form["redirect_uri"]:
                return {"error": "redirect_uri_mismatch"}
        self.issued += 1
        told: dict[str, object] = {
            "access_token": f"gho_{self.issued}",
            "scope": "read:user,user:email",
            "token_type": "bearer",
        }
        if self.life_s is not None:
            self._refresh_tokens.add(f"ghr_{self.issued}")
            told |= {"expires_in": self.life_s, "refresh_token": f"ghr_{self.issued}"}
        return told


@dataclass
class Signer:
    """A key, and the tokens that it signs."""

    kid: str | None = "one"
    algorithm: str = "RS256"
    key: RSAKey | ECKey = field(default_factory=lambda: RSAKey.generate_key(2048))

    @property
    def jwk(self) -> dict[str, Any]:
        public = dict(self.key.as_dict(private=False))
        return (
            public | {"alg": self.algorithm, "use": "sig"} | ({"kid": self.kid} if self.kid else {})
        )

    def sign(self, claims: dict[str, Any], **header: object) -> str:
        protected = {"alg": self.algorithm, "typ": "JWT", **header}
        if self.kid is not None:
            protected = {"kid": self.kid} | protected
        return jws.serialize_compact(
            protected, orjson.dumps(claims), self.key, algorithms=[str(protected["alg"])]
        )


class Issuer(Loopback):
    """An OpenID provider that states whatever a test wants."""

    def __init__(self, signer: Signer) -> None:
        super().__init__()
        self.signer = signer
        self.keys: list[dict[str, Any]] = [signer.jwk]
        self.metadata: dict[str, Any] = {}
        """Instead of what a provider of the standard says."""
        self.claims: dict[str, Any] = {}
        """Of ID tokens, instead of what a provider of the standard says."""
        self.userinfo: dict[str, Any] = {}
        self.fails = False
        self.nonce = ""
        self.now = time.time

    @property
    def settings(self) -> dict[str, object]:
        return {
            "kind": "oidc",
            "issuer": self.url,
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "email_is_proof": True,
            "sign_up": True,
        }

    def authorize(self, url: str) -> dict[str, str]:
        """The query with which the browser comes back."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        self.nonce = asked["nonce"]
        return {"state": asked["state"], "code": "the code"}

    def answer(self, method: str, path: str, form: dict[str, str], authorization: str) -> Answer:
        if self.fails:
            return 500, {}
        if path.endswith("/.well-known/openid-configuration"):
            return 200, {
                "issuer": self.url,
                "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token",
                "jwks_uri": f"{self.url}/keys",
                **self.metadata,
            }
        if path in ("/keys", "/.well-known/jwks.json"):
            return 200, {"keys": self.keys}
        if path == "/userinfo":
            return 200, self.userinfo
        return 200, {
            "access_token": "an access token",
            "token_type": "Bearer",
            "id_token": self.signer.sign(self._claims()),
        }

    def _claims(self) -> dict[str, Any]:
        now = int(self.now())
        said = {
            "iss": self.url,
            "sub": "ada's number",
            "aud": CLIENT_ID,
            "exp": now + 300,
            "iat": now,
            "nonce": self.nonce,
            "email": "ada@example.com",
            "email_verified": True,
            "name": "Ada Lovelace",
            **self.claims,
        }
        return {name: value for name, value in said.items() if value is not None}
