"""The cookies of the pages. With TLS a cookie is bound to exactly this host (`__Host-`)."""

from datetime import timedelta
from urllib.parse import urlsplit

from starlette.responses import Response

SESSION = "argus_session"
"""Stands for a session: whoever has it is signed in."""
IMPERSONATION = "argus_impersonation"
"""Stands for a session in somebody else's name, and hides the person's own while it lasts."""
FORM = "argus_form"
"""Names a browser, so that forms are accepted only from the browser they were shown to."""
FLOW = "argus_flow"
"""Names a sign-in that is under way."""


class Cookies:
    """Names, sets and deletes cookies as the scheme of the installation allows."""

    def __init__(self, base_url: str) -> None:
        self._secure = urlsplit(base_url).scheme == "https"

    def name(self, cookie: str) -> str:
        """What the cookie is called on the wire."""
        return f"__Host-{cookie}" if self._secure else cookie

    def set(
        self, response: Response, cookie: str, value: str, life: timedelta | None = None
    ) -> None:
        """Set it for the whole site, out of reach of scripts; without `life`, until the browser is
        closed.
        """
        response.set_cookie(
            self.name(cookie),
            value,
            max_age=None if life is None else int(life.total_seconds()),
            httponly=True,
            secure=self._secure,
            samesite="lax",
        )

    def delete(self, response: Response, cookie: str) -> None:
        """Take it away."""
        response.delete_cookie(
            self.name(cookie), httponly=True, secure=self._secure, samesite="lax"
        )
