"""What a control is for, judged by its words, icon and type, as a person would.

Pure decisions over fingerprints. Destructive purposes win over all others: a control that both
saves and deletes deletes.
"""

import re
from collections.abc import Iterable
from enum import StrEnum

from argus.services.qa.target import Fingerprint


class Purpose(StrEnum):
    """What pressing a control is expected to do."""

    SAVE = "save"
    SAVE_AND_STAY = "save_and_stay"
    DELETE = "delete"
    CONFIRM = "confirm"
    CANCEL = "cancel"
    EDIT = "edit"
    BULK = "bulk"
    """Acts on more than one record, or on the session or account: never used by the planner."""
    OTHER = "other"


_DELETE = frozenset(
    {"delete", "remove", "destroy", "trash", "erase", "discard", "drop", "deletelink"}
)
_DELETE_GLYPHS = frozenset("×✕✖✗❌🗑⌫\ufe0f")
_BULK = frozenset({"all", "selected", "completed", "everything", "clear", "reset", "purge"})
_ACCOUNT = re.compile(
    r"\b(log ?(?:in|out|off)|sign ?(?:in|out|up)|password|deactivate|disable|unsubscribe"
    r"|impersonate|shut ?down|restart|pay|purchase|checkout|send|publish|invite)\b"
)
_STAY = re.compile(r"\b(another|continue|as new|draft|preview|more)\b")
_SAVE = re.compile(
    r"\b(save|create|add|submit|update|store|insert|post|ok|done|apply|register|confirm)\b"
)
_CONFIRM = re.compile(r"\b(yes|confirm|ok|i'?m sure|continue|proceed|delete|remove)\b")
_CANCEL = re.compile(r"\b(cancel|no|back|close|dismiss|never ?mind|take me back|keep)\b")
_EDIT = re.compile(
    r"\b(edit|change|open|details?|view|show|rename|modify|revise|amend|alter|correct|adjust)\b"
)
_EDIT_GLYPHS = frozenset("✎✏🖉🖊\ufe0f")
_EDIT_ICONS = frozenset({"edit", "pencil", "modify"})
_BUTTON_TYPES = frozenset({"submit", "button", "image", "reset"})


def label(element: Fingerprint) -> str:
    """What a person reads on the control, in lower case."""
    words = element.name or element.text or element.attributes.get("value", "")
    return " ".join((words or element.attributes.get("title", "")).lower().split())


def is_button(element: Fingerprint) -> bool:
    """Whether the element is a button, and no link."""
    return element.tag == "button" or element.role == "button" or element.type == "submit"


def is_pressable(element: Fingerprint) -> bool:
    """Whether the element is a button or a link."""
    return (
        element.tag in {"button", "a"}
        or element.role in {"button", "link", "menuitem"}
        or (element.tag == "input" and element.type in _BUTTON_TYPES)
    )


def purpose(element: Fingerprint) -> Purpose:
    """The purpose of a pressable element outside any question that asks for confirmation."""
    text = label(element)
    words = set(re.findall(r"[a-z']+", text))
    if _ACCOUNT.search(text):
        return Purpose.BULK
    if _deletes(element, text, words):
        return Purpose.BULK if words & _BULK else Purpose.DELETE
    if words & _BULK or element.type == "reset":
        return Purpose.BULK
    if _CANCEL.search(text):
        return Purpose.CANCEL
    if _SAVE.search(text):
        return Purpose.SAVE_AND_STAY if _STAY.search(text) else Purpose.SAVE
    return Purpose.EDIT if _edits(element, text, words) else Purpose.OTHER


def primary_submit(controls: Iterable[Fingerprint]) -> int | None:
    """Index of the control that submits a form and leaves it; None if there is none that is safe.

    A "save" word beats the mere type; among equals the first one counts, as it does for Enter.
    """
    best: tuple[int, int] | None = None
    for index, element in enumerate(controls):
        what = purpose(element)
        submits = element.type in {"submit", "image"} or (
            element.tag == "button" and element.type == ""
        )
        if what is Purpose.SAVE and is_pressable(element) and element.tag != "a":
            rank = 0 if submits else 1
        elif submits and what is Purpose.OTHER:
            rank = 2
        elif submits and what is Purpose.SAVE_AND_STAY:
            rank = 3
        else:
            continue
        if best is None or rank < best[0]:
            best = (rank, index)
    return None if best is None else best[1]


def deletes(element: Fingerprint) -> bool:
    """Whether pressing the element deletes, or asks to delete, the one record it belongs to."""
    return is_pressable(element) and purpose(element) is Purpose.DELETE


def confirms(element: Fingerprint) -> bool:
    """Whether the element answers "yes" where deletion has just been asked for."""
    text = label(element)
    return (
        is_pressable(element)
        and element.type != "reset"
        and not _CANCEL.search(text)
        and not _ACCOUNT.search(text)
        and _CONFIRM.search(text) is not None
        and not re.search(r"\b(all|selected|completed|everything)\b", text)
    )


def _deletes(element: Fingerprint, text: str, words: set[str]) -> bool:
    if words & _DELETE or (text and set(text) <= _DELETE_GLYPHS):
        return True
    return not words and bool(_hints(element) & _DELETE)


def _edits(element: Fingerprint, text: str, words: set[str]) -> bool:
    if _EDIT.search(text) or (text and set(text) <= _EDIT_GLYPHS):
        return True
    return not words and bool(_hints(element) & _EDIT_ICONS)


def _hints(element: Fingerprint) -> set[str]:
    """Words for what shows none."""
    hints = " ".join(
        element.attributes.get(key, "")
        for key in ("class", "id", "title", "aria-label", "href", "data-action", "data-testid")
    )
    return set(_tokens(hints))


def _tokens(text: str) -> list[str]:
    return re.findall(r"[a-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text).lower())
