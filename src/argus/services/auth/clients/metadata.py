"""What a client says of itself, in the names of RFC 7591: the one form of it, whether an
organization registers the client, it registers itself, or its document lies at its URL.
"""

import re
from typing import Annotated, Any, Final, Literal, cast
from urllib.parse import urlsplit

import orjson
from pydantic import AfterValidator, Field, StringConstraints, field_validator, model_validator

from argus.kernel.schema import Value
from argus.services.auth.foreign_tokens.keys import parse_key_set

AuthenticationMethod = Literal[
    "none", "client_secret_basic", "client_secret_post", "private_key_jwt"
]
SECRET_METHODS: Final = ("client_secret_basic", "client_secret_post")
AUTHENTICATION_METHODS: Final[tuple[AuthenticationMethod, ...]] = (
    "none",
    *SECRET_METHODS,
    "private_key_jwt",
)

AUTHORIZATION_CODE: Final = "authorization_code"
CLIENT_CREDENTIALS: Final = "client_credentials"
DEVICE_CODE: Final = "urn:ietf:params:oauth:grant-type:device_code"
JWT_BEARER: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
REFRESH_TOKEN: Final = "refresh_token"  # noqa: S105 - a grant type
TOKEN_EXCHANGE: Final = "urn:ietf:params:oauth:grant-type:token-exchange"  # noqa: S105 - the same
GrantType = Literal[
    "authorization_code",
    "client_credentials",
    "refresh_token",
    "urn:ietf:params:oauth:grant-type:device_code",
    "urn:ietf:params:oauth:grant-type:jwt-bearer",
    "urn:ietf:params:oauth:grant-type:token-exchange",
]

OPEN_GRANTS: Final = (AUTHORIZATION_CODE, REFRESH_TOKEN, DEVICE_CODE)
"""Those in which a person is asked."""

LOOPBACK_HOSTS: Final = ("127.0.0.1", "[::1]", "localhost")
MAX_URI = 2000
MAX_KEYS = 20

_PRINTABLE = re.compile(r"[!-\[\]-~]+")
"""ASCII without blanks, controls and the backslash, which some parsers read as a slash."""
_PRIVATE_SCHEME = re.compile(r"[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+")
"""RFC 8252 section 7.1: a domain name in reverse order."""
_PRIVATE_KEY_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})


class InvalidUri(ValueError):
    """The text cannot be a URI of a client; the message says why."""


def check_redirect_uri(text: str) -> str:
    """The text, if an authorization may be answered there (RFC 9700 section 2.1, RFC 8252 7).

    `https`, `http` to the person's own machine, or an application's own scheme.

    Raises:
        InvalidUri
    """
    parts = _split(text)
    if parts.scheme in ("https", "http"):
        host = parts.netloc.rpartition(":")[0] if _has_port(parts.netloc) else parts.netloc
        if not host or (parts.scheme == "http" and host not in LOOPBACK_HOSTS):
            raise InvalidUri("http is for loopback addresses only; use https")
    elif not _PRIVATE_SCHEME.fullmatch(parts.scheme):
        raise InvalidUri("use https, or a scheme of your own such as com.example.app")
    return text


def check_web_uri(text: str) -> str:
    """The text, if it is an `https` address.

    Raises:
        InvalidUri
    """
    parts = _split(text)
    if parts.scheme != "https" or not parts.hostname:
        raise InvalidUri("use https")
    return text


def check_server_uri(text: str) -> str:
    """The text, if it is an `https` address, or `http` on this very machine.

    Raises:
        InvalidUri
    """
    if not check_redirect_uri(text).startswith(("https:", "http:")):
        raise InvalidUri("use https")
    return text


def _split(text: str) -> Any:
    if not _PRINTABLE.fullmatch(text) or len(text) > MAX_URI:
        raise InvalidUri("write the URI in ASCII, without blanks and backslashes")
    try:
        parts = urlsplit(text)
        _ = parts.port  # only looked at here: a wrong one raises
    except ValueError:
        raise InvalidUri("this is not a URI") from None
    if "#" in text:
        raise InvalidUri("no fragment")
    if "@" in parts.netloc:
        raise InvalidUri("no user name or password")
    if not text.startswith(f"{parts.scheme}:") or not parts.scheme:
        raise InvalidUri("write the whole URI, its scheme in lower case")
    return parts


def _has_port(netloc: str) -> bool:
    return re.search(r":[0-9]+$", netloc) is not None


RedirectUri = Annotated[str, AfterValidator(check_redirect_uri)]
WebUri = Annotated[str, AfterValidator(check_web_uri)]
ServerUri = Annotated[str, AfterValidator(check_server_uri)]
Name = Annotated[
    str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")
]
Scope = Annotated[str, StringConstraints(max_length=2000, pattern=r"^[!#-\[\]-~ ]*$")]
"""Names between blanks (RFC 6749 section 3.3)."""


class ClientMetadata(Value):
    """A client as it describes itself. Everything in it was checked, and nothing was fetched."""

    client_name: Name
    redirect_uris: Annotated[tuple[RedirectUri, ...], Field(max_length=20)] = ()
    grant_types: Annotated[tuple[GrantType, ...], Field(min_length=1, max_length=10)] = (
        AUTHORIZATION_CODE,
    )
    response_types: tuple[Literal["code"], ...] = ("code",)
    token_endpoint_auth_method: AuthenticationMethod = "client_secret_basic"  # noqa: S105 - a method
    scope: Scope | None = None
    """What it may ask for; None: whatever the resource offers."""
    client_uri: WebUri | None = None
    logo_uri: WebUri | None = None
    policy_uri: WebUri | None = None
    tos_uri: WebUri | None = None
    jwks_uri: WebUri | None = None
    jwks: dict[str, Any] | None = None
    post_logout_redirect_uris: Annotated[tuple[RedirectUri, ...], Field(max_length=20)] = ()
    backchannel_logout_uri: ServerUri | None = None
    dpop_bound_access_tokens: bool = False
    require_pushed_authorization_requests: bool = False

    @field_validator("jwks")
    @classmethod
    def _public_keys(cls, jwks: dict[str, Any] | None) -> dict[str, Any] | None:
        """A key set (RFC 7517) that holds nothing but public keys, and one that can be used."""
        if jwks is not None:
            listed = jwks.get("keys")
            if not isinstance(listed, list) or len(cast("list[object]", listed)) > MAX_KEYS:
                raise ValueError(f"expected a list of at most {MAX_KEYS} keys")
            if _private_members(cast("list[object]", listed)):
                raise ValueError("a private or a symmetric key is among the keys: revoke it")
            try:
                usable = parse_key_set(orjson.dumps(jwks))
            except orjson.JSONEncodeError:  # a number beyond 64 bits
                usable = []
            if not usable:
                raise ValueError("no key can be used: RSA of 2048 bits or more, P-256, Ed25519, …")
        return jwks

    @model_validator(mode="after")
    def _fit_together(self) -> "ClientMetadata":
        if AUTHORIZATION_CODE in self.grant_types and not self.redirect_uris:
            raise ValueError("authorization_code needs redirect_uris")
        if CLIENT_CREDENTIALS in self.grant_types and self.is_public:
            raise ValueError("client_credentials needs a client that authenticates")
        has_keys = (self.jwks is not None) + (self.jwks_uri is not None)
        if has_keys != (self.token_endpoint_auth_method == "private_key_jwt"):  # noqa: S105 - a method
            raise ValueError("private_key_jwt needs either jwks or jwks_uri, other methods neither")
        return self

    @property
    def is_public(self) -> bool:
        """It has no credential (RFC 6749 section 2.1)."""
        return self.token_endpoint_auth_method == "none"  # noqa: S105 - a method

    @property
    def scopes(self) -> frozenset[str] | None:
        """What it may ask for; None: whatever the resource offers."""
        return None if self.scope is None else frozenset(self.scope.split())


def of_unknown(document: dict[str, Any]) -> ClientMetadata:
    """What somebody whom nobody vouches for says of itself: what is not known is left out, and so
    are grants that need an organization behind the client (RFC 7591 section 2).

    Raises:
        ValueError: it cannot be a client.
    """
    known = {name: document[name] for name in ClientMetadata.model_fields if name in document}
    grants: object = known.get("grant_types", [AUTHORIZATION_CODE])
    if isinstance(grants, list):
        named = cast("list[object]", grants)
        known["grant_types"] = [grant for grant in named if grant in OPEN_GRANTS]
    return ClientMetadata.model_validate(known)


def _private_members(keys: list[object]) -> set[str]:
    members = [cast("dict[str, Any]", key).keys() for key in keys if isinstance(key, dict)]
    return {name for key in members for name in key} & _PRIVATE_KEY_MEMBERS
