"""Whether the element most like the lost one may stand in for it. When in doubt: no.

Similarity alone heals too much: it always finds something. So the best candidate is accepted only
on one of four kinds of evidence, each with a threshold of its own, and never against a veto:

- *same label*: it is a control that is still called what it was called;
- *label alone*: the same for mere text, or while id, name or link target say something else;
- *renamed*: it is called otherwise, but an identity that a redesign has no reason to pass on to
  another element (id, name, link target, test id, ...) is the same;
- *unlabelled*: neither had a label, and nearly everything else agrees.

Thresholds were chosen with `bench/relocation.py`; `docs/explanation/healing.md` has the figures.
"""

import re
from collections.abc import Sequence
from enum import StrEnum
from urllib.parse import urlsplit

from argus.kernel.schema import Value
from argus.services.qa.healing.similarity import label, ranks, similarity, text_similarity
from argus.services.qa.target import Fingerprint
from argus.services.qa.urls import url_template


class Grounds(StrEnum):
    """The kind of evidence a candidate was accepted on."""

    SAME_LABEL = "same_label"
    LABEL_ALONE = "label_alone"
    RENAMED = "renamed"
    UNLABELLED = "unlabelled"


class Thresholds(Value):
    """Least similarity for each kind of evidence, and least lead over the next candidate."""

    same_label: float = 0.35
    label_alone: float = 0.55
    renamed: float = 0.5
    unlabelled: float = 0.7
    margin: float = 0.03
    """Relative to the best candidate's score."""

    def least(self, grounds: Grounds) -> float:
        return {
            Grounds.SAME_LABEL: self.same_label,
            Grounds.LABEL_ALONE: self.label_alone,
            Grounds.RENAMED: self.renamed,
            Grounds.UNLABELLED: self.unlabelled,
        }[grounds]


class Choice(Value):
    """The best candidate, and whether it may be used. `index` is -1 where there is no candidate."""

    index: int
    accepted: bool
    score: float
    """0 to 1."""
    margin: float
    """Lead over the next candidate that is not part of the same element, relative to `score`."""
    grounds: Grounds | None
    reasons: tuple[str, ...]
    """Why it is the element, or why not."""


DEFAULT = Thresholds()


def choose(
    known: Fingerprint, candidates: Sequence[Fingerprint], thresholds: Thresholds = DEFAULT
) -> Choice:
    """The candidate that is the known element now, if there is enough evidence for one.

    The likeliest by words must be the most similar as well, by the margin: else nothing is chosen.

    `known` must have its variables filled in with the values in use. `candidates` are all elements
    of the page, or of the row, that the target may be: those left out cannot veto.
    """
    if not candidates:
        return _abstain(-1, 0, 0, "the page has no candidate")
    scores = [similarity(known, candidate) for candidate in candidates]
    ranking = ranks(known, candidates, scores)
    best = max(range(len(ranking)), key=ranking.__getitem__)
    candidate, score = candidates[best], scores[best]
    rivals = [
        scores[index]
        for index, other in enumerate(candidates)
        if index != best and not _kin(other, candidate)
    ]
    margin = (score - max(rivals, default=0.0)) / score if score else 0.0
    others = [other for other in candidates if not _kin(other, candidate)]
    grounds, reason = _evidence(known, candidate)
    if grounds is None:
        return _abstain(best, score, margin, reason)
    if reason_against := veto(known, candidate, others):
        return _abstain(best, score, margin, reason_against)
    if score < thresholds.least(grounds):
        return _abstain(
            best,
            score,
            margin,
            f"the most similar element: {reason}, but is only {score:.0%} alike",
        )
    if margin < thresholds.margin:
        return _abstain(
            best, score, margin, f"the most similar element: {reason}, but another one is as alike"
        )
    return Choice(
        index=best,
        accepted=True,
        score=round(score, 3),
        margin=round(margin, 3),
        grounds=grounds,
        reasons=(reason, *_changes(known, candidate)),
    )


def _evidence(known: Fingerprint, candidate: Fingerprint) -> tuple[Grounds | None, str]:
    before, after = label(known), label(candidate)
    shared = sorted(identities(known).items() & identities(candidate).items())
    if _letters(before) and _letters(before) == _letters(after):
        weak = role_class(known) == "text" or contradicts(known, candidate)
        grounds = Grounds.LABEL_ALONE if weak else Grounds.SAME_LABEL
        return grounds, f'it is still called "{after}"'
    if shared:
        evidence = ", ".join(f'{key}="{value}"' for key, value in shared)
        return Grounds.RENAMED, f"it still has {evidence}"
    if before or after:
        return None, f'the most similar element is "{after}", and nothing says that it is the same'
    if contradicts(known, candidate) or known.tag != candidate.tag:
        return None, "the most similar element has no label either, and other attributes"
    return Grounds.UNLABELLED, "it has no label, and agrees in the rest"


def veto(known: Fingerprint, candidate: Fingerprint, others: Sequence[Fingerprint]) -> str:
    """Why the candidate is something else, whatever it looks like; empty if nothing says so."""
    if reason := contradiction(known, candidate, others):
        return reason
    contexts = known.form_label, candidate.form_label
    renamed = _letters(label(known)) != _letters(label(candidate))
    if renamed and all(contexts) and text_similarity(*contexts) < 0.5:
        was, now = contexts
        return f'the most similar element is part of "{now}", not of "{was}"'
    return ""


def contradiction(known: Fingerprint, candidate: Fingerprint, others: Sequence[Fingerprint]) -> str:
    """Those of the vetoes that hold where everything around the element is worded anew as well."""
    before, after = label(known), label(candidate)
    if role_class(known) != role_class(candidate):
        now = candidate.role or candidate.tag
        return f"the most similar element is a {now}, not a {known.role or known.tag}"
    if _zone(known) != _zone(candidate):
        return "the most similar element is in another part of the page"
    if destructive_words(before) != destructive_words(after):
        return f'"{after}" does something else than "{before}"'
    renamed = _letters(before) != _letters(after)
    if renamed and any(_letters(label(other)) == _letters(before) != "" for other in others):
        return f'another element is still called "{before}"'
    return ""


_IDENTITIES = (
    "id", "name", "placeholder", "title", "alt", "aria-label",
    "data-testid", "data-test-id", "data-test", "data-cy", "data-qa",
)  # fmt: skip


_SHARED_NAMES = {
    "action",
    "button",
    "btn",
    "cmd",
    "command",
    "commit",
    "do",
    "op",
    "submit",
    "task",
}


def identities(fingerprint: Fingerprint) -> dict[str, str]:
    """Attributes that stand for what the element is, the link target as host and URL template."""
    found = {
        key: value for key in _IDENTITIES if (value := fingerprint.attributes.get(key, "").strip())
    }
    if role_class(fingerprint) == "activated" and "name" in found:
        # submit buttons of one form often share a name, and differ in the value they send
        value = fingerprint.attributes.get("value", "") if fingerprint.tag == "button" else ""
        if value:
            found["name"] += f"={value}"
        elif found["name"].lower() in _SHARED_NAMES:
            del found["name"]
    href = fingerprint.attributes.get("href", "")
    if href and not href.startswith(("#", "javascript:")):
        found["href"] = urlsplit(href).netloc + url_template(href)
    return found


def contradicts(known: Fingerprint, candidate: Fingerprint) -> bool:
    """Whether both have an id, name or link target, and it is not the same."""
    before, after = identities(known), identities(candidate)
    return any(
        key in before and key in after and before[key] != after[key]
        for key in ("id", "name", "href")
    )


_ACTIVATED = {"button", "link", "menuitem", "tab", "option", "treeitem"}
_TYPED = {"textbox", "searchbox", "spinbutton", "combobox"}


def role_class(fingerprint: Fingerprint) -> str:
    """What can be done with the element; another class cannot stand in for it."""
    f = fingerprint
    if f.type in {"password", "file", "checkbox", "radio", "range", "color"}:
        return f.type
    if f.tag == "select" or f.role == "listbox":
        return "choice"
    if f.role in _ACTIVATED or f.tag in {"a", "button", "summary"} or f.is_button:
        return "activated"
    if f.tag == "input" and f.type in {"submit", "button", "image", "reset"}:
        return "activated"
    if f.role in _TYPED or f.tag in {"input", "textarea"}:
        return "typed"
    return f.role if f.role in {"checkbox", "radio", "switch", "slider"} else "text"


_DESTRUCTIVE = re.compile(
    r"\b(delet|remov|destroy|eras|discard|drop|clear|reset|cancel|revok|deactivat|disabl|archiv|"
    r"pay|buy|purchas|order|checkout|refund|log ?out|sign ?out|unsubscrib|send|publish|transfer)",
    re.IGNORECASE,
)


_FOOTER_OF_FORM = re.compile(r"/form\[\d+\]/footer\[\d+\]")


_SAME = {"remov": "delet", "destroy": "delet", "eras": "delet"}


def destructive_words(text: str) -> frozenset[str]:
    """Stems of words for what cannot be taken back, one for those that mean the same."""
    stems = (match[1].lower().replace(" ", "") for match in _DESTRUCTIVE.finditer(text))
    return frozenset(_SAME.get(stem, stem) for stem in stems)


def _zone(fingerprint: Fingerprint) -> str:
    """Whether the element stands in a dialog or in a footer; a form's own is no other place."""
    place = _FOOTER_OF_FORM.sub("", fingerprint.xpath)
    return next((zone for zone in ("dialog", "footer") if f"/{zone}[" in place), "")


def _kin(one: Fingerprint, other: Fingerprint) -> bool:
    a, b = one.xpath, other.xpath
    return a == b or a.startswith(b + "/") or b.startswith(a + "/")


def _letters(text: str) -> str:
    letters = "".join(c for c in text.casefold() if c.isalnum())
    return letters if any(c.isalpha() for c in letters) else ""


def _changes(known: Fingerprint, candidate: Fingerprint) -> list[str]:
    """What is different about the element now."""
    out: list[str] = []
    if label(known) != label(candidate):
        out.append(f'it was called "{label(known)}"')
    for key in ("id", "class", "name", "type"):
        before, after = known.attributes.get(key, ""), candidate.attributes.get(key, "")
        if before != after:
            out.append(f'{key} was "{before}", is "{after}"')
    if known.xpath != candidate.xpath:
        out.append("it stands elsewhere in the document")
    return out


def _abstain(index: int, score: float, margin: float, reason: str) -> Choice:
    return Choice(
        index=index,
        accepted=False,
        score=round(score, 3),
        margin=round(margin, 3),
        grounds=None,
        reasons=(reason,),
    )
