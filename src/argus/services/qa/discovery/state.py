"""When two pages are the same screen.

A screen is an exact part (path template, form signature, open dialog, what lies over the page,
validation error, selected tab, signed in or not), the names of the query parameters, and a set of
tag paths with repeated siblings collapsed. Exact parts must be equal and path sets similar, since
records differ in optional details; almost equal where query parameters differ, since most of them
sort and filter. A list that only one of two pages has is left out: without rows it is the screen
that it is with.
The abstractions are compared in Yandrapally et al., "Near-Duplicate Detection in Web App Model
Inference", ICSE 2020.
"""

import hashlib
import re
from typing import NamedTuple

from argus.services.qa.discovery.digest import FormSeen, PageDigest
from argus.services.qa.urls import path_template, url_template

SAME_SCREEN = 0.85
"""Least Jaccard similarity of the path sets of two pages with one URL template."""

SAME_VARIANT = 0.95
"""The same for pages that differ in the names of their query parameters."""

ExactPart = tuple[object, ...]

_LISTS = frozenset({"item", "article", "table", "ul", "ol", "list", "grid", "feed", "tree"})


def exact_part(digest: PageDigest, *, signed_in: bool) -> ExactPart:
    """What must be equal in two pages of one screen."""
    return (
        path_template(digest.url),
        tuple(sorted({form_signature(form) for form in digest.forms})),
        _without_numbers(digest.dialog),
        digest.opened,
        digest.invalid,
        tuple(sorted(digest.selected)),
        signed_in,
    )


def form_signature(form: FormSeen) -> str:
    """What stays the same of a form from record to record: where it goes and what it asks."""
    fields = sorted({f"{f.kind}:{_without_numbers(f.name or f.label)}" for f in form.fields})
    where = path_template(form.action) if form.action else ""
    return f"{form.method} {where} {' '.join(fields)}"


def similarity(one: frozenset[str], other: frozenset[str]) -> float:
    """Jaccard index of two sets of tag paths; two empty ones are equal."""
    union = len(one | other)
    return len(one & other) / union if union else 1.0


def without_lists_missing_in(other: frozenset[str], paths: frozenset[str]) -> frozenset[str]:
    """The paths but for lists, and rows, that `other` has nothing of; with all inside them."""

    def is_missing(path: str) -> bool:
        parts = path.split("/")
        ends = (end for end, part in enumerate(parts, start=1) if part in _LISTS)
        return any("/".join(parts[:end]) not in other for end in ends)

    return frozenset(path for path in paths if not is_missing(path))


def digest_key(*parts: object) -> str:
    """A short stable name for `parts`."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


class Screen(NamedTuple):
    """A screen, as the page was that showed it first."""

    key: str
    url: str
    heading: str
    paths: frozenset[str]


class StateIndex:
    """The screens seen so far. Answers are stable: a screen keeps the key it was given first."""

    def __init__(self, known: dict[str, list[Screen]] | None = None) -> None:
        self._known = {} if known is None else known
        """By the `digest_key` of their exact part."""

    def identify(self, digest: PageDigest, *, signed_in: bool) -> tuple[str, bool]:
        """The screen's key, and whether it is new."""
        exact = exact_part(digest, signed_in=signed_in)
        known = self._known.setdefault(digest_key(exact), [])
        screen = Screen("", digest.url, digest.heading, digest.paths)
        for first in known:
            if _alike(first, screen):
                return first.key, False
        key = digest_key(exact, url_template(digest.url), sorted(digest.paths))
        known.append(screen._replace(key=key))
        return key, True


def _alike(one: Screen, other: Screen) -> bool:
    """Whether two pages of one exact part are one screen."""
    same_template = url_template(one.url) == url_template(other.url)
    if similarity(one.paths, other.paths) >= (SAME_SCREEN if same_template else SAME_VARIANT):
        return True
    # Views without addresses of their own tell by their heading that they are not one.
    if one.url == other.url and not (one.heading and one.heading == other.heading):
        return False
    left = without_lists_missing_in(other.paths, one.paths)
    right = without_lists_missing_in(one.paths, other.paths)
    return similarity(left, right) >= SAME_VARIANT


def _without_numbers(text: str) -> str:
    return re.sub(r"\d+", "0", text)
