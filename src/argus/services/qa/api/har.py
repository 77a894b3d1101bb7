"""Recorded traffic as browsers and proxies write it: HTTP Archive 1.2. Pure functions."""

import base64
from contextlib import suppress
from typing import Any

from argus.services.qa.api.sequences import Exchange
from argus.services.qa.foreign_json import parsed
from argus.services.qa.urls import relative_url, same_application


class ArchiveInvalid(ValueError):
    """It is no HTTP Archive."""


def exchanges(archive: Any, app_url: str) -> list[Exchange]:
    """The calls to the application's host, in the order they began, without their headers.

    Raises:
        ArchiveInvalid
    """
    try:
        entries = sorted(archive["log"]["entries"], key=lambda each: each["startedDateTime"])
        return [
            Exchange(
                method=entry["request"]["method"],
                path=relative_url(entry["request"]["url"]).partition("#")[0],
                sent=_json(entry["request"].get("postData", {})),
                status=entry["response"]["status"],
                answered=_json(entry["response"].get("content", {})),
            )
            for entry in entries
            if same_application(entry["request"]["url"], app_url)
        ]
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ArchiveInvalid(f"it is no HTTP Archive (HAR): {error!r}") from error


def _json(body: Any) -> Any:
    text = body.get("text") or ""
    with suppress(ValueError):
        found = parsed(base64.b64decode(text) if body.get("encoding") == "base64" else text)
        return None if found is ... else found
    return None
