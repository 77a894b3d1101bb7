"""Playwright's traces without the secrets in them.

A trace is a zip: `trace.trace` and `trace.network` hold one JSON object a line, actions with DOM
snapshots and requests in the form of HAR; the rest are bodies (`resources/`) and frames
(`screencast/`). The format has no specification: this follows version 8, Playwright 1.65.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, cast
from zipfile import ZIP_DEFLATED, ZipFile

from argus.services.qa.execution.masking import MASKED, Mask

_LINES = (".trace", ".network")
_CODE = ".stacks"
"""Where in Argus each call was made: nobody's concern, and it names the worker's folders."""
_COOKIES = frozenset(("cookie", "set-cookie"))
"""Headers whose parts stand in lists of their own, too."""
_SECRET_HEADERS = _COOKIES | {"authorization", "proxy-authorization", "x-api-key", "x-auth-token"}
_SECRET_PAIR = re.compile(
    r"""(?:passw(?:or)?d|secret|token|api[_-]?key|session)[\w-]*"?\s*[=:]\s*"?([^&\s;",<>]+)""",
    re.IGNORECASE,
)
"""In a form or in JSON."""
_LEAST_SECRET = 8
"""Shorter values of cookies and fields are settings and numbers, not credentials."""


@dataclass(frozen=True)
class Frame:
    """What the page looked like at a time, in milliseconds; a JPEG."""

    at_ms: float
    picture: bytes


def write_masked(trace: ZipFile, masked: ZipFile, secrets: Iterable[str]) -> None:
    """Write the trace anew, without `secrets` and without what it shows to be one: cookies,
    credentials in headers, and what forms and JSON call a password, secret or token.
    """
    lines = {
        name: [json.loads(line) for line in trace.read(name).splitlines() if line]
        for name in trace.namelist()
        if name.endswith(_LINES)
    }
    found = {text for each in lines.values() for line in each for text in _credentials(line)}
    for name in trace.namelist():
        if name.endswith(".json"):
            found.update(_SECRET_PAIR.findall(trace.read(name).decode(errors="replace")))
    mask = Mask({*secrets, *(text for text in found if len(text) >= _LEAST_SECRET)})
    for name in trace.namelist():
        if name in lines:
            told = (json.dumps(_masked(mask, line)) for line in lines[name])
            masked.writestr(name, "".join(f"{line}\n" for line in told), ZIP_DEFLATED)
        elif not name.endswith(_CODE):
            masked.writestr(name, _masked_body(mask, trace.read(name)), ZIP_DEFLATED)


def frames(trace: ZipFile) -> list[Frame]:
    """The frames of the trace's screencast, in their order."""
    found: list[Frame] = []
    for name in trace.namelist():
        if name.endswith(".trace"):
            events = (json.loads(line) for line in trace.read(name).splitlines() if line)
            found += [
                Frame(event["timestamp"], trace.read(event["file"]))
                for event in events
                if event["type"] == "screencast-frame"
            ]
    return sorted(found, key=lambda frame: frame.at_ms)


def _credentials(value: Any, under: str = "") -> Iterator[str]:
    """What headers, cookies, forms and JSON in the trace show to be a secret."""
    if isinstance(value, list):
        for each in cast("list[Any]", value):
            yield from _credentials(each, under)
    elif isinstance(value, dict):
        of_value = cast("dict[str, Any]", value)
        if _is_secret(of_value, under) and of_value["name"].lower() not in _COOKIES:
            yield of_value["value"].rpartition(" ")[2]
        for key, each in of_value.items():
            yield from _credentials(each, key)
    elif under == "text" and isinstance(value, str):
        yield from _SECRET_PAIR.findall(value)


def _masked(mask: Mask, value: Any, under: str = "") -> Any:
    if isinstance(value, list):
        return [_masked(mask, each, under) for each in cast("list[Any]", value)]
    if not isinstance(value, dict):
        return mask.json(value)
    of_value = cast("dict[str, Any]", value)
    secret = {"value": MASKED} if _is_secret(of_value, under) else {}
    return {key: _masked(mask, each, key) for key, each in of_value.items()} | secret


def _is_secret(pair: dict[str, Any], under: str) -> bool:
    """Whether it is a cookie, or a header that carries a credential."""
    named = isinstance(pair.get("name"), str) and isinstance(pair.get("value"), str)
    of_header = under == "headers" and named and pair["name"].lower() in _SECRET_HEADERS
    return of_header or (under == "cookies" and named)


def _masked_body(mask: Mask, body: bytes) -> bytes:
    try:
        return mask.text(body.decode()).encode()
    except UnicodeDecodeError:  # a picture or a font
        return body
