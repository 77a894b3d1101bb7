"""Requests for an authorization code, read strictly (RFC 6749 4.1.1, OpenID Connect Core 3.1.2.1).

Reading has two steps, because the client may be told of a mistake only at an address that is its
own: `read` takes the parameters apart, `parse` judges them once the redirect URI is known good.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, Final, Literal, get_args

from pydantic import ConfigDict, Field, ValidationError

from argus.kernel.errors import ArgusError
from argus.kernel.schema import Value
from argus.services.auth.oauth import pkce

MAX_LENGTH = 4096
"""Of a parameter's value."""

PARAMETERS = frozenset(
    "client_id redirect_uri response_type response_mode scope state nonce resource prompt max_age"
    " code_challenge code_challenge_method dpop_jkt login_hint id_token_hint acr_values claims"
    " request request_uri registration".split()
)
"""That mean something here; all others are ignored (RFC 6749 section 3.1)."""

Scalar = str | int | float | bool | None
"""What a claim that is compared here may be; lists and objects are none of them."""
Prompt = Literal["none", "login", "consent", "select_account"]
PROMPTS: Final[tuple[Prompt, ...]] = get_args(Prompt)


class AuthorizationRefused(ArgusError):
    """The authorization request cannot be granted; `error` says why in the words of RFC 6749.

    `invalid_request` and `invalid_scope` are mistakes of the application that sent you here: tell
    its maker. `login_required` and `consent_required` mean that it asked to show no page, and one
    was needed. `access_denied` means that the person, or their organization, said no.
    """

    code, status, title = "auth.authorization.refused", 400, "Authorization refused"

    def __init__(self, error: str, detail: str = "") -> None:
        super().__init__(detail, error=error)
        self.error = error


class ClaimRequest(Value):
    """How one claim is asked for (OpenID Connect Core 5.5.1)."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="ignore")

    essential: bool = False
    value: Scalar = None
    values: tuple[Scalar, ...] = ()


class ClaimsRequest(Value):
    """The `claims` parameter, as far as it concerns the ID token."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="ignore")

    id_token: dict[str, ClaimRequest | None] = Field(default_factory=dict)

    def values(self, claim: str) -> tuple[Scalar, ...]:
        """The values of which the claim should have one; empty when it may have any."""
        asked = self.id_token.get(claim)
        if asked is None:
            return ()
        return asked.values or (() if asked.value is None else (asked.value,))

    def is_essential(self, claim: str) -> bool:
        asked = self.id_token.get(claim)
        return asked is not None and asked.essential


class AuthorizationRequest(Value):
    """A well-formed request of a client for a code, to be sent to `redirect_uri`."""

    client_id: str
    redirect_uri: str
    redirect_uri_given: bool
    """Whether the client sent it, so that it must send it again with the code (RFC 6749 4.1.3)."""
    state: str | None
    scopes: tuple[str, ...]
    """As asked for, without repetitions."""
    resource: str | None
    code_challenge: str
    dpop_jkt: str | None
    nonce: str | None
    prompts: frozenset[Prompt]
    max_age: timedelta | None
    login_hint: str | None
    id_token_hint: str | None
    acr_values: tuple[str, ...]
    claims: ClaimsRequest

    @property
    def acr(self) -> tuple[tuple[Scalar, ...], bool]:
        """Classes of authentication, any of which will do, and whether one of them must be met."""
        wanted = self.claims.values("acr")
        return (*wanted, *self.acr_values), bool(wanted) and self.claims.is_essential("acr")


@dataclass(frozen=True)
class Parameters:
    """Parameters as they came: without empty ones, which count as left out (RFC 6749 3.1)."""

    values: dict[str, str]
    repeated: frozenset[str]

    def get(self, name: str) -> str | None:
        """The value.

        Raises:
            AuthorizationRefused: the parameter is there more than once, or too long.
        """
        value = self.values.get(name)
        if name in self.repeated:
            error = "invalid_target" if name == "resource" else "invalid_request"
            raise AuthorizationRefused(error, f"{name} is there more than once")
        if value is not None and len(value) > MAX_LENGTH:
            raise AuthorizationRefused("invalid_request", f"{name} is too long")
        return value


def read(pairs: Iterable[tuple[str, str]]) -> Parameters:
    """The parameters of a query or a form."""
    sent = [(name, value) for name, value in pairs if value and name in PARAMETERS]
    counts = Counter(name for name, _ in sent)
    return Parameters(dict(sent), frozenset(name for name, count in counts.items() if count > 1))


def parse(parameters: Parameters, redirect_uri: str) -> AuthorizationRequest:
    """The request in these parameters, whose redirect URI was found to be the client's.

    Raises:
        AuthorizationRefused: may be told to the client at its redirect URI.
    """
    get = parameters.get
    for name in ("request", "registration"):
        if get(name) is not None:
            raise AuthorizationRefused(f"{name}_not_supported", f"{name} is not supported")
    response_type = get("response_type")
    if response_type != "code":
        error = "unsupported_response_type" if response_type else "invalid_request"
        raise AuthorizationRefused(error, "response_type must be code")
    if get("response_mode") not in (None, "query"):
        raise AuthorizationRefused("invalid_request", "response_mode must be query")
    challenge = get("code_challenge") or ""
    if get("code_challenge_method") != pkce.METHOD or not pkce.is_challenge(challenge):
        raise AuthorizationRefused("invalid_request", "PKCE with a challenge of S256 is needed")
    return AuthorizationRequest(
        client_id=get("client_id") or "",
        redirect_uri=redirect_uri,
        redirect_uri_given=get("redirect_uri") is not None,
        state=get("state"),
        scopes=_words(get("scope")),
        resource=get("resource"),
        code_challenge=challenge,
        dpop_jkt=get("dpop_jkt"),
        nonce=get("nonce"),
        prompts=_prompts(get("prompt")),
        max_age=_max_age(get("max_age")),
        login_hint=get("login_hint"),
        id_token_hint=get("id_token_hint"),
        acr_values=_words(get("acr_values")),
        claims=_claims(get("claims")),
    )


def _words(text: str | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for word in (text or "").split(" ") if word))


def _prompts(text: str | None) -> frozenset[Prompt]:
    words = _words(text)
    known: list[Prompt] = [word for word in PROMPTS if word in words]
    if len(known) != len(words):
        raise AuthorizationRefused("invalid_request", "prompt has an unknown value")
    if "none" in known and len(known) > 1:
        raise AuthorizationRefused("invalid_request", "prompt none goes with no other")
    return frozenset(known)


def _max_age(text: str | None) -> timedelta | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise AuthorizationRefused("invalid_request", "max_age is a number of seconds")
    return timedelta(seconds=int(text))


def _claims(text: str | None) -> ClaimsRequest:
    if text is None:
        return ClaimsRequest()
    try:
        return ClaimsRequest.model_validate_json(text)
    except ValidationError:
        raise AuthorizationRefused("invalid_request", "claims is not understood") from None
