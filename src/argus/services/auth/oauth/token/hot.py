"""The token endpoint ahead of the framework: what `endpoints` answers to machines that get tokens
again and again, and to refreshes.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import parse_qsl

from argus.kernel import context
from argus.kernel.authz import Access
from argus.kernel.clock import Clock
from argus.kernel.db.unit_of_work import UNREACHABLE
from argus.kernel.errors import Unavailable
from argus.kernel.http.hot import HotAnswer, HotForm
from argus.kernel.http.oauth import MAX_FIELDS, MAX_VALUE, REPEATABLE, OAuthForm
from argus.kernel.module import Resources
from argus.kernel.principal import Principal
from argus.services.auth.clients.authenticator import ClientAuthenticator
from argus.services.auth.clients.client import KnownClient
from argus.services.auth.clients.errors import InvalidClient
from argus.services.auth.clients.metadata import CLIENT_CREDENTIALS, REFRESH_TOKEN
from argus.services.auth.clients.requests import charged
from argus.services.auth.oauth.token.client_credentials import issue_to_machine
from argus.services.auth.oauth.token.grants import TokenRequest, TokenResponse
from argus.services.auth.oauth.token.refresh_token import refresh

_HEADERS = ((b"pragma", b"no-cache"), (b"content-type", b"application/json"))
_GRANTS: dict[str, Callable[[TokenRequest], Awaitable[TokenResponse]]] = {
    CLIENT_CREDENTIALS: issue_to_machine,
    REFRESH_TOKEN: refresh,
}
"""Those whose clients may be remembered ones."""


@dataclass(frozen=True, slots=True)
class _Asked:
    form: OAuthForm
    known: KnownClient
    exchange: Callable[[TokenRequest], Awaitable[TokenResponse]]


class HotTokens:
    """The operation `issue_tokens`, for clients that this process remembers. Whoever proves a key,
    signs an assertion or is not let in is left to the framework.
    """

    def __init__(self, resources: Resources, clock: Clock) -> None:
        self._resources, self._clock = resources, clock
        self._clients = resources.get(ClientAuthenticator)

    @property
    def operation(self) -> HotForm[_Asked]:
        """To be served ahead of the framework."""
        return HotForm(
            "POST",
            "/oauth/token",
            Access(public_because="the grant is the credential"),
            takes_json=False,
            read=self._read,
            answer=self._answer,
            charged=lambda asked, sender: charged(asked.known.client, sender),
        )

    def _read(self, authorization: bytes, body: bytes) -> _Asked | None:
        form = read_form(body)
        if form is None:
            return None
        grant_type = form.get("grant_type")
        exchange = _GRANTS.get(grant_type or "")
        if exchange is None or grant_type is None:
            return None
        try:
            known = self._clients.recall(authorization.decode() or None, form.flat)
        except InvalidClient:
            return None
        if (
            known is None
            or known.client.metadata.dpop_bound_access_tokens
            or not known.client.may_use(grant_type)
        ):
            return None
        return _Asked(form, known, exchange)

    async def _answer(self, asked: _Asked, sender: Principal) -> HotAnswer:
        context.service.set("auth")
        request = TokenRequest(asked.form, asked.known, None, sender, self._clock, self._resources)
        try:
            answer = await asked.exchange(request)
        except UNREACHABLE as error:
            raise Unavailable("the database does not answer") from error
        return HotAnswer(answer.model_dump_json(exclude_none=True).encode(), _HEADERS)


def read_form(body: bytes) -> OAuthForm | None:
    """The form, if it is one that every parser reads alike and that the framework would take."""
    if not body.isascii() or b";" in body:
        return None
    values: dict[str, tuple[str, ...]] = {}
    pairs = parse_qsl(body.decode(), keep_blank_values=True)
    for name, value in pairs:
        if not value:
            continue
        if len(value) > MAX_VALUE or "\0" in value or (name in values and name not in REPEATABLE):
            return None
        values[name] = (*values.get(name, ()), value)
    return OAuthForm(values) if len(pairs) <= MAX_FIELDS else None
