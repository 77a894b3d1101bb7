"""Headers and cookies that protect a user's browser, judged by what the server sent.

What is missing is advice, not a bug of behavior: see the OWASP HTTP Headers Cheat Sheet. A cookie
is judged by RFC 6265bis and by its name, since a script may well read one that holds a preference.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import urlsplit

from playwright.async_api import Cookie

from argus.services.qa.agent import Agent
from argus.services.qa.browser.traffic import Exchange
from argus.services.qa.oracles.defect import Defect
from argus.services.qa.outcome import Evidence, Severity

_SESSION = re.compile(r"sess|auth|token|jwt|login|(^|[_.-])sid($|[_.-])", re.IGNORECASE)
_FOR_SCRIPTS = re.compile(r"csrf|xsrf", re.IGNORECASE)
"""Such a cookie is there to be read and sent back by a script."""


@dataclass(frozen=True)
class Sent:
    """What an application sent to a browser: documents, and cookies that it now holds."""

    app_url: str
    documents: Sequence[Exchange] = ()
    cookies: Sequence[Cookie] = ()


class SecurityScanner(Agent[Sent, list[Defect]]):
    """Finds protection of the user's browser that an application leaves out."""

    name: ClassVar[str] = "SecurityScanner"

    async def work(self, given: Sent, budget_s: float) -> list[Defect]:  # noqa: ARG002 - takes microseconds
        """The defects, each time they are met."""
        found = list(weak_cookies(given.app_url, given.cookies))
        for document in given.documents:
            if document.status == 200:
                found += missing_headers(document.url, document.headers)
        return found


def missing_headers(url: str, headers: Mapping[str, str]) -> Iterator[Defect]:
    """Protection that the document at `url` was sent without. Names in `headers` are lower case."""
    policy = headers.get("content-security-policy", "")
    https = urlsplit(url).scheme == "https"
    advice = (
        ("Content-Security-Policy", bool(policy), "an injected script would run"),
        (
            "X-Content-Type-Options: nosniff",
            headers.get("x-content-type-options", "").strip().lower() == "nosniff",
            "an uploaded file may be taken for a script",
        ),
        (
            "X-Frame-Options, or frame-ancestors in Content-Security-Policy",
            "x-frame-options" in headers or "frame-ancestors" in policy,
            "another site can show the page in a frame and catch clicks (clickjacking)",
        ),
        (
            "Strict-Transport-Security",
            not https or "strict-transport-security" in headers,
            "the next visit may begin without encryption",
        ),
    )
    for header, present, consequence in advice:
        if not present:
            yield Defect(
                kind="missing_header",
                severity=Severity.LOW,
                url=url,
                message=f"pages are sent without {header}: {consequence}",
                signature=header,
            )


def weak_cookies(app_url: str, cookies: Iterable[Cookie]) -> Iterator[Defect]:
    """Cookies that are easier to steal than they need be. Values are never told."""
    https = urlsplit(app_url).scheme == "https"
    for cookie in cookies:
        name = cookie.get("name", "")
        session = bool(_SESSION.search(name)) and not _FOR_SCRIPTS.search(name)
        wrong = [
            (session and not cookie.get("httpOnly"), "HttpOnly", "any script can read it"),
            (https and session and not cookie.get("secure"), "Secure", "it is sent unencrypted"),
            (
                cookie.get("sameSite") == "None" and not cookie.get("secure"),
                "Secure",
                "browsers refuse SameSite=None without it",
            ),
        ]
        for applies, attribute, consequence in wrong:
            if applies:
                yield Defect(
                    kind="weak_cookie",
                    severity=Severity.MEDIUM,
                    url=app_url,
                    message=f"the cookie {name} lacks {attribute}: {consequence}",
                    signature=f"{name} {attribute}",
                    evidence=(Evidence(kind="cookie", message=name, url=app_url),),
                )
