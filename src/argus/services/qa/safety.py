"""Which controls are left alone, and which are pressed with care. Judged by their words."""

import re
from urllib.parse import unquote, urlsplit

from argus.services.qa.naming import singular


def words(text: str) -> frozenset[str]:
    """The English words of a name, an id or a class, in small letters."""
    split = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text).lower()
    return frozenset(re.findall(r"[a-z]+", split))


_DENIED = words(
    """
    accept activate approve archive authorize ban block buy cancel charge checkout clear
    commit complete confirm deactivate delete deny deploy destroy disable discard dismiss
    donate drop enable erase execute finish flush hire install kill leave like lock
    logoff logout mark merge order pay post publish purchase prune purge reboot refund reject remove
    reset restart restore revoke run save send shutdown signoff signout
    start stop submit subscribe suspend sync terminate toggle transfer trash trigger truncate unban
    uninstall unlink unlock unpublish unsubscribe update upgrade vote wipe withdraw deletelink
    """
)
_ASKING = words(
    """
    add book create duplicate import invite move new rename reply report share upload
    """
)
_DENIED_LINKS = words(
    """
    approve ban buy charge checkout confirm deactivate delete deletelink destroy disable donate
    drop erase flush kill logoff logout pay purchase purge refund reject remove reset restart revoke
    send shutdown signoff signout stop suspend terminate trash unsubscribe wipe vote
    """
)
_DENIED_POSTS = _DENIED_LINKS | words(
    """
    bill broadcast deposit dispatch donation email invitation invite mail message newsletter notify
    notification payment payout settlement sms subscribe subscription transfer withdraw withdrawal
    """
)
"""Beside what no link may do: what moves money, and what writes to people."""
_DESTRUCTIVE = words(
    """
    buy cancel charge checkout deactivate delete deletelink destroy discard drop erase logout pay
    purchase purge refund remove revoke send signout terminate trash unsubscribe wipe
    """
)
"""Of controls that destroy, pay or send."""
_DENIED_PAIRS = re.compile(
    r"(?<![a-z])(log|sign|check|shut)[\s_-]+((me|you)\s+)?(out|off|down)(?![a-z])"
)
_DELETE_GLYPHS = frozenset("×✕✖✗❌🗑⌫\ufe0f")


def may_click(name: str, hint: str) -> bool:
    """Whether a button may be pressed to see what happens.

    A visible name decides alone; without one the id, classes and other attributes speak.
    """
    return not _says(name, hint, _DENIED)


def may_make(name: str, hint: str) -> bool:
    """Whether what may be pressed may make something at once, instead of asking what to make."""
    return _says(name, hint, _ASKING)


def may_follow(url: str, name: str, hint: str) -> bool:
    """Whether a link may be opened: a GET should be harmless, but some delete or sign out."""
    path = unquote(urlsplit(url).path)
    does_harm = words(path) & _DENIED_LINKS or _DENIED_PAIRS.search(path.lower())
    return not does_harm and not _says(name, hint, _DENIED_LINKS)


def may_post(*told: str) -> bool:
    """Whether a POST may make something, by all that is told of it: its path, name and summary."""
    return not any(
        _DENIED_PAIRS.search(text.lower()) or {*map(singular, words(text))} & _DENIED_POSTS
        for text in told
    )


def may_send(method: str, path: str, *told: str) -> bool:
    """Whether an API may be asked this: to read by its address, else by all that is told of it."""
    return may_follow(path, "", "") if method in {"GET", "HEAD"} else may_post(path, *told)


def is_destructive(name: str, hint: str) -> bool:
    """Whether pressing the button destroys, pays or sends."""
    return _says(name, hint, _DESTRUCTIVE)


def _says(name: str, hint: str, denied: frozenset[str]) -> bool:
    text = name.strip()
    if text and set(text) <= _DELETE_GLYPHS:
        return True
    said = words(text) or words(hint)
    return bool(said & denied) or _DENIED_PAIRS.search(text.lower()) is not None
