"""When two pages are the same screen.

A screen is an exact part (path template, form signature, open dialog, validation error, selected
tab, signed in or not), the names of the query parameters, and a set of tag paths with repeated
siblings collapsed. Exact parts must be equal and path sets similar, since records differ in
optional details; almost equal where query parameters differ, since most of them sort and filter.
The abstractions are compared in Yandrapally et al., "Near-Duplicate Detection in Web App Model
Inference", ICSE 2020.
"""

import hashlib
import re

from argus.services.qa.discovery.digest import FormSeen, PageDigest
from argus.services.qa.urls import path_template, url_template

SAME_SCREEN = 0.85
"""Least Jaccard similarity of the path sets of two pages with one URL template."""

SAME_VARIANT = 0.95
"""The same for pages that differ in the names of their query parameters."""

ExactPart = tuple[object, ...]


def exact_part(digest: PageDigest, *, signed_in: bool) -> ExactPart:
    """What must be equal in two pages of one screen."""
    return (
        path_template(digest.url),
        tuple(sorted({form_signature(form) for form in digest.forms})),
        _without_numbers(digest.dialog),
        digest.invalid,
        tuple(sorted(digest.selected)),
        signed_in,
    )


def form_signature(form: FormSeen) -> str:
    """What stays the same of a form from record to record: where it goes and what it asks."""
    fields = sorted({f"{field.kind}:{_without_numbers(field.name)}" for field in form.fields})
    where = path_template(form.action) if form.action else ""
    return f"{form.method} {where} {' '.join(fields)}"


def similarity(one: frozenset[str], other: frozenset[str]) -> float:
    """Jaccard index of two sets of tag paths; two empty ones are equal."""
    union = len(one | other)
    return len(one & other) / union if union else 1.0


def digest_key(*parts: object) -> str:
    """A short stable name for `parts`."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


class StateIndex:
    """The screens seen so far. Answers are stable: a screen keeps the key it was given first."""

    def __init__(self) -> None:
        self._known: dict[ExactPart, list[tuple[str, str, frozenset[str]]]] = {}

    def identify(self, digest: PageDigest, *, signed_in: bool) -> tuple[str, bool]:
        """The screen's key, and whether it is new."""
        exact = exact_part(digest, signed_in=signed_in)
        template = url_template(digest.url)
        known = self._known.setdefault(exact, [])
        for key, other_template, paths in known:
            enough = SAME_SCREEN if other_template == template else SAME_VARIANT
            if similarity(paths, digest.paths) >= enough:
                return key, False
        key = digest_key(exact, template, sorted(digest.paths))
        known.append((key, template, digest.paths))
        return key, True


def _without_numbers(text: str) -> str:
    return re.sub(r"\d+", "0", text)
