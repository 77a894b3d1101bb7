"""Looks whether a service is set up right, and says what to do where it is not.

For the start of a service, for `python -m argus_client check`, and for people.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

from argus_client.errors import ArgusClientError, ConfigurationError, PlatformRefused
from argus_client.feed import PATH, SILENCE_S, events
from argus_client.revocations import FeedBroken, parse_message
from argus_client.settings import Settings
from argus_client.transport import NOT_ARGUS, ServiceTransport

MOST_SKEW_S = 30.0

_NEEDED = {
    "token:validate": "verify() cannot work without it",
    "usage:record": "record_usage() will be refused",
    "entitlement:check": "entitled() will be refused",
}


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    level: str
    """`ok`; `warning`: something will not work; `error`: nothing will."""
    subject: str
    message: str
    """What is the case, and what to do about it."""


def check(settings: Settings | None = None) -> list[Finding]:
    """What is right and what is wrong with these settings, or with the environment's.

    Asks Argus a handful of questions, changes nothing, and never raises for what it finds.
    """
    try:
        settings = settings or Settings.from_environment()
    except ConfigurationError as error:
        return [Finding("error", "settings", str(error))]
    transport = ServiceTransport(settings, time.time)
    try:
        found: list[Finding] = []
        for step in (_address, _keys, _credentials, _feed):
            found += _tried(step, settings, transport)
            if any(finding.level == "error" for finding in found):
                break  # the rest would only repeat it
        return found
    finally:
        transport.close()


Step = Callable[[Settings, ServiceTransport], Iterator[Finding]]


def _tried(step: Step, settings: Settings, transport: ServiceTransport) -> list[Finding]:
    found: list[Finding] = []
    try:
        found.extend(step(settings, transport))
    except (ArgusClientError, FeedBroken, KeyError, TypeError, ValueError) as error:
        found.append(Finding("error", step.__name__.strip("_"), _advice(error)))
    return found


def _address(settings: Settings, transport: ServiceTransport) -> Iterator[Finding]:
    told, date = transport.public_and_date("/.well-known/oauth-authorization-server")
    if told["issuer"] != settings.issuer:
        yield Finding(
            "error",
            "issuer",
            f"Argus calls itself {told['issuer']}, and this service expects {settings.issuer}:"
            f" set ARGUS_ISSUER={told['issuer']}, or ARGUS_PUBLIC_URL at Argus",
        )
    else:
        yield Finding("ok", "address", f"{settings.url} is Argus")
    skew = abs(time.time() - parsedate_to_datetime(date).timestamp()) if date else 0.0
    if skew > MOST_SKEW_S:
        yield Finding(
            "warning",
            "clock",
            f"this machine's clock and Argus's are {skew:.0f} s apart: tokens expire early, or are"
            " not valid yet; let both follow a time server",
        )


def _keys(_: Settings, transport: ServiceTransport) -> Iterator[Finding]:
    from argus_client.key_set import parse_key_set

    keys = parse_key_set(transport.public("/.well-known/jwks.json"))
    if keys:
        yield Finding("ok", "keys", f"{len(keys)} keys to verify tokens with")
    else:
        yield Finding("error", "keys", "Argus publishes no key that this version can verify with")


def _credentials(settings: Settings, transport: ServiceTransport) -> Iterator[Finding]:
    me: dict[str, Any] = transport.call("GET", "/api/v1/auth/me")
    if me["organization_id"] is None:
        yield Finding("error", "credentials", "they belong to no organization: use others")
        return
    yield Finding("ok", "credentials", f"this service is {me['id']} of {me['organization_id']}")
    for permission, without in _NEEDED.items():
        if permission not in me["permissions"]:
            level = "error" if permission == "token:validate" else "warning"
            advice = f"{without}: grant {permission} to {me['id']}"
            yield Finding(level, "permissions", advice)
    if settings.audience != settings.issuer:
        yield Finding("ok", "audience", f"tokens must be for {settings.audience}")


def _feed(_: Settings, transport: ServiceTransport) -> Iterator[Finding]:
    with transport.stream(PATH, {}, silence_s=SILENCE_S) as answer:
        first = next(events(answer.iter_lines()), None)
    if first is None:
        yield Finding("error", "feed", "it ends at once: does a proxy on the way hold it back?")
    else:
        told = parse_message(first)
        yield Finding("ok", "feed", f"revocations are told, the latest is {told.sequence}")


def _advice(error: Exception) -> str:
    if isinstance(error, PlatformRefused) and error.answered in (400, 401):
        return f"{error}: are client id and secret, or key, of this Argus, whole, and not revoked?"
    return NOT_ARGUS if isinstance(error, (KeyError, TypeError)) else str(error)
