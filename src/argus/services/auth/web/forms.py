"""Forms that only the browser they were shown to can send (against request forgery).

A form carries a MAC over what this browser alone has: its form cookie and, once it is signed in,
its session cookies; and over the form's action, so that the token of one form is none for another.
"""

import base64
import hmac
import re
import secrets
from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.datastructures import FormData
from starlette.requests import Request

from argus.kernel.crypto import Keyring
from argus.services.auth.web.cookies import FORM, IMPERSONATION, SESSION, Cookies
from argus.services.auth.web.errors import FormStale

FIELD = "form_token"
MAX_FIELDS = 50
_BROWSER = re.compile(r"[A-Za-z0-9_-]{43}")


class Forms:
    """Makes and checks the tokens of forms."""

    def __init__(self, keyring: Keyring, cookies: Cookies, base_url: str) -> None:
        self._secret, self._cookies = keyring.derive("forms"), cookies
        self._host = urlsplit(base_url).netloc

    def browser(self, cookies: Mapping[str, str]) -> str | None:
        """The value of the browser's form cookie, if it has one."""
        value = cookies.get(self._cookies.name(FORM), "")
        return value if _BROWSER.fullmatch(value) else None

    def new_browser(self) -> str:
        """A value for the form cookie: 256 random bits."""
        return secrets.token_urlsafe(32)

    def token(self, browser: str, cookies: Mapping[str, str], action: str) -> str:
        """The token of a form that is sent to the path `action`."""
        names = (self._cookies.name(SESSION), self._cookies.name(IMPERSONATION))
        shown = "\n".join((browser, *(cookies.get(name, "") for name in names), action))
        mac = hmac.digest(self._secret, shown.encode(), "sha256")
        return base64.urlsafe_b64encode(mac).decode().rstrip("=")

    async def read(self, request: Request) -> FormData:
        """The fields of a form that this browser was shown.

        Raises:
            FormStale: it was not, or not since it signed in or out.
        """
        if not self._same_origin(request):
            raise FormStale("the form was sent by another site")
        form = await request.form(max_files=0, max_fields=MAX_FIELDS)
        browser = self.browser(request.cookies)
        if browser is None:
            raise FormStale("the browser sent no cookie")
        token = self.token(browser, request.cookies, request.url.path)
        if not hmac.compare_digest(token.encode(), str(form.get(FIELD, "")).encode()):
            raise FormStale
        return form

    def _same_origin(self, request: Request) -> bool:
        """Whether the browser says so; one that says nothing has the token to show.

        Under `Referrer-Policy: no-referrer` the `Origin` of a form is `null`, which says nothing.
        """
        if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return False
        origin = request.headers.get("origin", "null")
        own = (self._host, request.headers.get("host"))
        return origin == "null" or urlsplit(origin).netloc in own
