"""URLs of the application under test: which belong to it, and the template behind a concrete one.

A template folds what names a record (`/orders/17/edit` and `/orders/18/edit` are both
`/orders/{id}/edit`), so that one page of the application has one template. It is a pure function of
the URL: planner, executor and triage compute the same one, in any process.
"""

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from urllib.parse import parse_qsl, unquote, urljoin, urlsplit

_ID = "{id}"

_NUMBER = re.compile(r"[+-]?\d+([.,:]\d+)*")
_DATE = re.compile(r"\d{4}-\d{1,2}(-\d{1,2})?(T.*)?")
_UUID = re.compile(r"[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}", re.IGNORECASE)
_HEX = re.compile(r"(?=.*\d)[0-9a-f]{7,}", re.IGNORECASE)
_TOKEN = re.compile(r"(?=(.*\d){2})(?=.*[a-zA-Z])[A-Za-z0-9_-]{10,}")
_NUMBERED_SLUG = re.compile(r"(\d+[-_][\w-]+|[\w-]+[-_]\d+)")
_LONG_SLUG = re.compile(r"[^\W_]+([-_][^\W_]+){3,}")
_EXTENSION = re.compile(r"(?P<stem>[^@]+)(?P<extension>\.[a-zA-Z]{2,5})")
_DEFAULT_PORTS = {"http": 80, "https": 443}


def url_template(url: str) -> str:
    """Path, sorted query parameter names and hash route of `url`, identifiers folded to `{id}`.

    `/shop/17/edit?b=2&a=1#/item/9` becomes `/shop/{id}/edit?a&b#/item/{id}`. Folded are numbers,
    dates, UUIDs, hexadecimal and random-looking tokens, e-mail addresses, slugs with a number at
    either end and slugs of four or more words. A fragment that is no route, or the first (`#/`),
    is dropped.
    """
    parts = urlsplit(url)
    template = _fold_path(parts.path) or "/"
    if names := sorted({name for name, _ in parse_qsl(parts.query, keep_blank_values=True)}):
        template += "?" + "&".join(_fold_segment(name) for name in names)
    return template + _fold_route(parts.fragment)


def path_template(url: str) -> str:
    """The path and hash route of `url_template`, without the query's parameter names."""
    parts = urlsplit(url)
    return (_fold_path(parts.path) or "/") + _fold_route(parts.fragment)


def same_application(url: str, app_url: str) -> bool:
    """Whether `url` is served by the host and port of `app_url`.

    The default ports of http and https count as one, since servers redirect between them.
    """
    try:
        return _authority(url) == _authority(app_url)
    except ValueError:  # a port that is no number
        return False


def is_excluded(url: str, patterns: Iterable[str]) -> bool:
    """Whether one of the patterns fits the path of `url`, as sent or decoded.

    `*` stands for anything: `/admin/*` fits all below `/admin/`, and not `/admin`.
    """
    path = urlsplit(url).path or "/"
    told = (path, unquote(path))
    return any(fnmatchcase(each, pattern) for pattern in patterns for each in told)


def of_same_record(url: str, page_url: str) -> bool:
    """Whether `url`, as a link on that page, leads to another page of the same record.

    Its path begins with the page's up to the last identifier: `/shop/17/sizes` on `/shop/17/edit`.
    """
    page = urlsplit(page_url).path.split("/")
    path = urlsplit(urljoin(page_url, url)).path.split("/")
    ends = [end for end, segment in enumerate(page, 1) if _fold_segment(segment) == _ID]
    return bool(ends) and path != page and path[: ends[-1]] == page[: ends[-1]]


def absolute_url(path_or_url: str, app_url: str) -> str:
    """`path_or_url` made absolute; a path is taken from the root of the application's origin."""
    return urljoin(app_url, path_or_url)


def relative_url(url: str) -> str:
    """Path, query and fragment of an absolute `url`: the form in which a suite keeps it.

    It begins with one `/`: what follows two would be taken for a host.
    """
    parts = urlsplit(url)
    return parts._replace(scheme="", netloc="", path="/" + parts.path.lstrip("/")).geturl()


def _authority(url: str) -> tuple[str, int] | None:
    parts = urlsplit(url)
    default = _DEFAULT_PORTS.get(parts.scheme)
    if default is None or not parts.hostname:
        return None
    port = parts.port or default
    return parts.hostname, 80 if port in _DEFAULT_PORTS.values() else port


def _fold_path(path: str) -> str:
    return "/".join(_fold_segment(segment) for segment in path.split("/"))


def _fold_route(fragment: str) -> str:
    if not fragment.startswith(("/", "!/")):
        return ""
    path, _, _ = fragment.partition("?")
    return "#" + _fold_path(path) if path.strip("!/") else ""


def _fold_segment(segment: str) -> str:
    text = unquote(segment)
    extension = ""
    if match := _EXTENSION.fullmatch(text):
        text, extension = match["stem"], match["extension"]
    return _ID + extension if _is_identifier(text) else segment


def _is_identifier(text: str) -> bool:
    if "@" in text.strip("@"):
        return True
    patterns = (_NUMBER, _DATE, _UUID, _HEX, _TOKEN, _NUMBERED_SLUG, _LONG_SLUG)
    return any(pattern.fullmatch(text) for pattern in patterns)
