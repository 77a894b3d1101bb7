"""Where an authorization may be answered to: exact match, but for the port of loopback addresses.

RFC 9700 section 2.1 and RFC 8252 section 7.3. Nothing is parsed, decoded or normalized: two
programs that parse a URI differently are what attacks on redirects live on.
"""

import re
from collections.abc import Iterable, Sequence
from urllib.parse import urlencode

_LOOPBACK = re.compile(
    r"(?P<origin>https?://(?:127\.0\.0\.1|\[::1\]|localhost))(?::[0-9]{1,5})?(?P<rest>[/?].*|)"
)


def is_registered(presented: str, registered: Iterable[str]) -> bool:
    """Whether `presented` is one of the client's redirect URIs.

    A native application listens on a port that the system chose, so on loopback (`localhost`
    included, which RFC 8252 discourages and clients use all the same) the port may differ.
    """
    return any(
        presented == uri or (_portless(uri) is not None and _portless(presented) == _portless(uri))
        for uri in registered
    )


def is_loopback(uri: str) -> bool:
    """Whether a program on the person's own machine is to receive the answer."""
    return _LOOPBACK.fullmatch(uri) is not None


def with_parameters(uri: str, parameters: Sequence[tuple[str, str]]) -> str:
    """The redirect URI, its own query kept, with the answer's parameters (RFC 6749 4.1.2)."""
    return f"{uri}{'&' if '?' in uri else '?'}{urlencode(parameters)}"


def _portless(uri: str) -> tuple[str, str] | None:
    found = _LOOPBACK.fullmatch(uri)
    return (found["origin"], found["rest"]) if found else None
