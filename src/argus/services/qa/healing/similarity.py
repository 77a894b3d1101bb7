"""How alike two fingerprints are: Similo with the weights re-tuned on 10,393 localisations.

Ranking adds what the words in an element's id, name and classes have in common: a redesign renames
`header-shopping-cart` to `uhf-shopping-cart`, which is neither the same value nor a similar string.
Words say which element is likelier, and not how likely: siblings share those of their framework.

Sources: Nass et al., "Similarity-based Web Element Localization for Robust Test Automation"
(TOSEM 2023, arXiv 2208.00677); weights: Kluge and Stocco 2025 (arXiv 2505.16424).
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from rapidfuzz.distance import Levenshtein

from argus.services.qa.target import Fingerprint

WEIGHTS: Mapping[str, float] = {
    "text": 2.8,
    "name": 2.85,
    "type": 2.75,
    "alt": 1.85,
    "attributes": 1.8,
    "neighbors": 1.45,
    "location": 1.2,
    "href": 0.95,
    "aria_label": 0.9,
    "tag": 0.8,
    "id": 0.5,
    "id_xpath": 0.45,
    "area": 0.35,
    "xpath": 0.1,
}
"""`name` is the form field's name attribute, `text` what people read on the element."""

WORDS_WEIGHT = 1.5
"""Of shared words in `ranks`; from 0.75 to 3 it makes no difference that would be one."""

_LONG = 50
_WORD = re.compile(r"[A-Z]?[a-z]{2,}|[A-Z]{2,}")


def similarity(known: Fingerprint, candidate: Fingerprint) -> float:
    """0 to 1: the weighted mean over the properties that the known element has."""
    total = weight = 0.0
    for feature, value in features(known, candidate).items():
        weight += WEIGHTS[feature]
        total += WEIGHTS[feature] * value
    return total / weight if weight else 0.0


def ranks(
    known: Fingerprint,
    candidates: Sequence[Fingerprint],
    scores: Sequence[float],
    words_weight: float = WORDS_WEIGHT,
) -> list[float]:
    """`scores`, the candidates' similarities, as they compare once shared words are added.

    The likeliest is highest; the values are no measure of their own.
    """
    weight = words_weight / sum(WEIGHTS[feature] for feature in features(known, known))
    return [
        score + weight * shared_words(known, candidate)
        for score, candidate in zip(scores, candidates, strict=True)
    ]


def features(known: Fingerprint, candidate: Fingerprint) -> dict[str, float]:
    """Similarity (0 to 1) of each property that the known element has."""
    found = {"tag": float(known.tag == candidate.tag)}
    for feature, read, compare in _TEXTUAL:
        if before := read(known):
            found[feature] = compare(before, read(candidate))
    if known.attributes:
        found["attributes"] = shared_attributes(known, candidate)
    if any(known.box):
        found["location"] = _location(known, candidate)
        found["area"] = _area(known, candidate)
    return found


def label(fingerprint: Fingerprint) -> str:
    """What people call the element: its accessible name, else its text."""
    return fingerprint.name or fingerprint.text


def text_similarity(one: str, other: str) -> float:
    """Levenshtein on letters and digits; long texts as sets of words."""
    if len(one) > _LONG or len(other) > _LONG:
        words, others = set(_letters(one).split()), set(_letters(other).split())
        return len(words & others) / len(words | others) if words | others else 0.0
    one, other = _letters(one), _letters(other)
    return Levenshtein.normalized_similarity(one, other) if one or other else 0.0


def shared_attributes(known: Fingerprint, candidate: Fingerprint) -> float:
    """Attributes with equal values, relative to the larger set."""
    equal = known.attributes.items() & candidate.attributes.items()
    return len(equal) / max(len(known.attributes), len(candidate.attributes), 1)


def shared_words(known: Fingerprint, candidate: Fingerprint) -> float:
    """Which part of the words in the known element's id, name and classes the candidate has."""
    before = _identifiers(known)
    return len(before & _identifiers(candidate)) / len(before) if before else 0.0


def _identifiers(fingerprint: Fingerprint) -> frozenset[str]:
    attributes = fingerprint.attributes
    return _split(" ".join(attributes.get(key, "") for key in ("id", "name", "class")))


def _equal(one: str, other: str) -> float:
    return float(one == other)


def _words(one: str, other: str) -> float:
    mine, others = set(_letters(one).split()), set(_letters(other).split())
    return len(mine & others) / len(mine | others) if mine | others else 0.0


def _attribute(name: str) -> Callable[[Fingerprint], str]:
    return lambda fingerprint: fingerprint.attributes.get(name, "")


_TEXTUAL: tuple[tuple[str, Callable[[Fingerprint], str], Callable[[str, str], float]], ...] = (
    ("text", label, text_similarity),
    ("name", _attribute("name"), _equal),
    ("type", lambda fingerprint: fingerprint.type, _equal),
    ("alt", _attribute("alt"), text_similarity),
    ("href", _attribute("href"), _equal),
    ("aria_label", _attribute("aria-label"), text_similarity),
    ("id", _attribute("id"), _equal),
    ("neighbors", lambda fingerprint: fingerprint.neighbor_text, _words),
    ("id_xpath", lambda fingerprint: fingerprint.id_xpath, Levenshtein.normalized_similarity),
    ("xpath", lambda fingerprint: fingerprint.xpath, Levenshtein.normalized_similarity),
)


def _location(known: Fingerprint, candidate: Fingerprint) -> float:
    distance = math.dist(known.box[:2], candidate.box[:2])
    return math.exp(-0.005 * distance)


def _area(known: Fingerprint, candidate: Fingerprint) -> float:
    one, other = known.box[2] * known.box[3], candidate.box[2] * candidate.box[3]
    return min(one, other) / max(one, other) if one and other else 0.0


@lru_cache(maxsize=4096)
def _letters(text: str) -> str:
    return "".join(c for c in text.lower() if c.isalnum() or c == " ").strip()


@lru_cache(maxsize=4096)
def _split(identifiers: str) -> frozenset[str]:
    return frozenset(word.lower() for word in _WORD.findall(identifiers))
