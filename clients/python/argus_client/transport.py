"""Requests of this client to Argus, in its own name. Used by its threads only; all block."""

import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from argus_client.credentials import ApiKey, ClientSecret, PrivateKey
from argus_client.errors import PlatformRefused, Unavailable
from argus_client.settings import Settings

if TYPE_CHECKING:
    import httpx

TIMEOUT_S = 5.0
NOT_ARGUS = "what answers there is not Argus: look at ARGUS_URL and at proxies on the way"
_RENEW_AT = 0.8
"""Of a token's life: from then on it is renewed while it still works."""


class Transport:
    """A pool of connections to Argus, for what needs no credential of a service."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._opening = threading.Lock()
        self._client: httpx.Client | None = None

    def public(self, path: str) -> dict[str, Any]:
        """The JSON of what Argus tells everybody.

        Raises:
            Unavailable: no answer, one that is worth another try, or one that is not Argus's.
            PlatformRefused: any other.
        """
        return self.public_and_date(path)[0]

    def public_and_date(self, path: str) -> tuple[dict[str, Any], str]:
        """The same, and the answer's `Date`.

        Raises:
            Unavailable, PlatformRefused
        """
        answer = self._checked(self._send("GET", path))
        return _json(answer), answer.headers.get("Date", "")

    def form(
        self, path: str, fields: Mapping[str, str], headers: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """The answer of an OAuth endpoint.

        Raises:
            Unavailable
            PlatformRefused: with OAuth's `error`.
        """
        return _json(self._checked(self._send("POST", path, data=fields, headers=headers)))

    def close(self) -> None:
        """Close the connections; the next request opens new ones."""
        with self._opening:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    def _send(self, method: str, path: str, **arguments: Any) -> "httpx.Response":
        import httpx

        try:
            return self._http().request(method, path, **arguments)
        except httpx.HTTPError as error:
            raise Unavailable(_said(error)) from None

    def _checked(self, answer: "httpx.Response") -> "httpx.Response":
        if answer.is_success:
            return answer
        if answer.status_code == 429 or answer.status_code >= 500:
            raise Unavailable(f"Argus answered {answer.status_code}")
        raise PlatformRefused(answer.status_code, *_told(answer))

    def _http(self) -> "httpx.Client":
        import httpx

        with self._opening:
            if self._client is None:
                self._client = httpx.Client(base_url=self._url, timeout=TIMEOUT_S)
            return self._client


@dataclass(frozen=True, slots=True)
class _OwnToken:
    text: str = ""
    renew_at: float = 0.0
    expires_at: float = 0.0


_NO_TOKEN = _OwnToken()


class ServiceTransport(Transport):
    """Requests in the name of a service."""

    def __init__(self, settings: Settings, wall: Callable[[], float]) -> None:
        super().__init__(settings.url)
        self._settings, self._wall = settings, wall
        self._renewing = threading.Lock()
        self._token = _NO_TOKEN

    def call(
        self,
        method: str,
        path: str,
        *,
        body: object = None,
        parameters: Mapping[str, str | int] | None = None,
    ) -> dict[str, Any]:
        """The JSON of a good answer.

        Raises:
            Unavailable: no answer, or one that is worth another try.
            PlatformRefused: Argus does not let this service do that.
        """
        answer = self._send(method, path, json=body, params=parameters, headers=self._headers())
        if answer.status_code == 401 and self._token.text:
            self._token = _NO_TOKEN  # it was revoked; who may have another, gets one
            answer = self._send(method, path, json=body, params=parameters, headers=self._headers())
        return _json(self._checked(answer))

    @contextmanager
    def stream(
        self, path: str, parameters: Mapping[str, str | int], *, silence_s: float
    ) -> Generator["httpx.Response"]:
        """An answer that is read as it comes; silence of that length ends it.

        Raises:
            Unavailable, PlatformRefused
        """
        import httpx

        timeout = httpx.Timeout(TIMEOUT_S, read=silence_s)
        headers = self._headers() | {"Accept": "text/event-stream"}
        try:
            with self._http().stream(
                "GET", path, params=parameters, headers=headers, timeout=timeout
            ) as answer:
                if not answer.is_success:
                    answer.read()
                if answer.status_code == 401:
                    self._token = _NO_TOKEN
                yield self._checked(answer)
        except httpx.HTTPError as error:
            raise Unavailable(_said(error)) from None

    def access_token(self) -> str:
        """A token of the service, renewed ahead of its end by one thread at a time; empty where it
        has an API key.

        Raises:
            Unavailable, PlatformRefused
        """
        credentials = self._settings.credentials
        if isinstance(credentials, ApiKey):
            return ""
        token, now = self._token, self._wall()
        if now < token.renew_at:
            return token.text
        if not self._renewing.acquire(blocking=now >= token.expires_at):
            return token.text  # another thread renews it, and this one is still good
        try:
            if self._token is token:
                self._token = self._renewed(token, credentials)
            return self._token.text
        finally:
            self._renewing.release()

    def _renewed(self, token: _OwnToken, credentials: ClientSecret | PrivateKey) -> _OwnToken:
        now = self._wall()
        headers, fields = credentials.token_request(self._settings.issuer, now)
        grant = {"grant_type": "client_credentials", "resource": self._settings.issuer}
        try:
            told = self.form("/oauth/token", {**grant, **fields}, headers)
        except Unavailable:
            if now < token.expires_at:
                return token
            raise
        try:
            text, life = str(told["access_token"]), float(told["expires_in"])
        except (KeyError, TypeError, ValueError):
            raise Unavailable(NOT_ARGUS) from None
        return _OwnToken(text, now + life * _RENEW_AT, now + life)

    def _headers(self) -> dict[str, str]:
        credentials = self._settings.credentials
        if isinstance(credentials, ApiKey):
            return {"Authorization": f"ApiKey {credentials.key}"}
        return {"Authorization": f"Bearer {self.access_token()}"}


def _json(answer: "httpx.Response") -> dict[str, Any]:
    """Argus answers with objects; something else, such as a proxy's page, is not of it."""
    try:
        body: object = answer.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise Unavailable(NOT_ARGUS)
    return cast("dict[str, Any]", body)


def _told(answer: "httpx.Response") -> tuple[str, str]:
    """Code and detail of a problem (RFC 9457), or of an OAuth refusal."""
    try:
        body: object = answer.json()
    except ValueError:
        return "", answer.text[:200]
    fields = cast("dict[str, object]", body if isinstance(body, dict) else {})
    code = fields.get("code") or fields.get("error") or ""
    detail = fields.get("detail") or fields.get("error_description") or fields.get("title") or ""
    return str(code), str(detail)


def _said(error: Exception) -> str:
    return f"Argus does not answer: {error or type(error).__name__}"
