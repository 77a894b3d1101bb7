"""A client that lets people sign in at Argus, and a person who does it without scripts."""

import hashlib
import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx

from support.browsing import Browser, Page
from support.oauth import OAuth, RegisteredClient, base64url
from support.platform import PASSWORD, Caller

CALLBACK = "https://app.example/callback"


@dataclass(frozen=True)
class RelyingParty:
    """One visit of one person; another visit is another object."""

    oauth: OAuth
    client: RegisteredClient
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    redirect_uri: str = CALLBACK

    @property
    def request(self) -> dict[str, str]:
        """The least that an authorization request needs."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        return {
            "response_type": "code",
            "client_id": self.client.id,
            "redirect_uri": self.redirect_uri,
            "scope": "openid",
            "code_challenge": base64url(digest),
            "code_challenge_method": "S256",
        }

    def url(self, **changes: str | None) -> str:
        """Where the person is sent; None leaves a parameter out."""
        sent = {**self.request, **changes}
        query = {name: value for name, value in sent.items() if value is not None}
        return f"/oauth/authorize?{urlencode(query)}"

    def reference(self, request_uri: str) -> str:
        """Where the person is sent with a request that was pushed."""
        return "/oauth/authorize?" + urlencode(
            {"client_id": self.client.id, "request_uri": request_uri}
        )

    def browser(self) -> Browser:
        return Browser(self.oauth.platform)

    async def signed_in(self, person: Caller) -> Browser:
        """A browser in which the person is signed in."""
        browser = self.browser()
        await browser.sign_in(person.email, PASSWORD)
        return browser

    async def allowed(self, browser: Browser, **changes: str | None) -> dict[str, str]:
        """What the client is told after the person agreed, asked or not."""
        page = await browser.open(self.url(**changes))
        if page.response.status_code == 200:
            page = await browser.send(page, "/consent", decision="allow")
        return told(page)

    async def exchange(
        self, code: str, *, proof: str = "", **changes: str | None
    ) -> httpx.Response:
        """The answer of the token endpoint; None leaves a parameter out."""
        form: dict[str, Any] = {
            "code": code,
            "redirect_uri": self.redirect_uri,
            "code_verifier": self.verifier,
            **changes,
        }
        sent = {name: value for name, value in form.items() if value is not None}
        return await self.oauth.token(self.client, "authorization_code", proof=proof, **sent)

    async def tokens(self, browser: Browser, **changes: str | None) -> dict[str, Any]:
        """The whole way."""
        answer = await self.exchange((await self.allowed(browser, **changes))["code"])
        assert answer.status_code == 200, answer.text
        return answer.json()


def told(page: Page, at: str = CALLBACK) -> dict[str, str]:
    """What the client reads at its redirection endpoint."""
    assert page.response.status_code == 303, page.text
    location = urlsplit(page.response.headers["location"])
    assert f"{location.scheme}://{location.netloc}{location.path}" == at
    assert not location.fragment
    return dict(parse_qsl(location.query, strict_parsing=True))
