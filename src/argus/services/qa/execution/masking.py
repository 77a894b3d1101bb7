"""Texts without the secrets in them, in whatever form they were written down."""

import base64
import html
import json
import re
from collections.abc import Iterable
from typing import Any, cast
from urllib.parse import quote, quote_plus

MASKED = "[masked]"
_SHORTEST = 4


class Mask:
    """Takes secrets out of texts and JSON.

    A secret of less than four characters stays, and so does one that is part of `shown`, such as
    the application's address: a password `admin` would take `/admin/` out of every link.
    """

    def __init__(self, secrets: Iterable[str], shown: Iterable[str] = ()) -> None:
        told = tuple(shown)
        hidden = (
            secret
            for secret in set(secrets)
            if len(secret) >= _SHORTEST and not any(secret in text for text in told)
        )
        forms = sorted({form for secret in hidden for form in _forms(secret)}, key=len)
        self._pattern = re.compile("|".join(map(re.escape, reversed(forms)))) if forms else None

    def text(self, text: str) -> str:
        """`text` without the secrets."""
        return self._pattern.sub(MASKED, text) if self._pattern else text

    def json(self, value: Any) -> Any:
        """Parsed JSON without the secrets in its strings; keys stay."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self.json(each) for each in cast("list[Any]", value)]
        if isinstance(value, dict):
            return {key: self.json(each) for key, each in cast("dict[str, Any]", value).items()}
        return value


def _forms(secret: str) -> set[str]:
    """The secret as it stands in texts, addresses, forms, HTML, JSON and headers."""
    return {
        secret,
        quote(secret, safe=""),
        quote_plus(secret),
        html.escape(secret),
        json.dumps(secret)[1:-1],
        base64.b64encode(secret.encode()).decode().rstrip("="),
    }
