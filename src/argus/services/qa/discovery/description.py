"""Where an application describes its API, and whether what is there is a description.

Nothing here asks: who does, in a browser or without, is told what to ask for next (`looking`).
"""

import re
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple, cast
from urllib.parse import urljoin, urlsplit

from argus.services.qa.urls import is_excluded, relative_url, same_application

CATALOG = "/.well-known/api-catalog"
"""RFC 9727: names where descriptions are."""
USUAL = (
    "openapi.json",
    "swagger.json",
    "api/openapi.json",
    "api/v1/openapi.json",
    "openapi",
    "openapi/v1.json",
    "swagger/v1/swagger.json",
    "schema/openapi.json",
    "api/schema/",
    "v3/api-docs",
    "v2/api-docs",
    "api-docs",
    "api-json",
    "apispec_1.json",
    "__api__",
)
"""Where frameworks put them, below the folder that an API is in."""
ACCEPT = "application/vnd.oai.openapi+json, application/json;q=0.9, */*;q=0.1"

_NEAREST = 2
_MOST_NAMED = 10
_TELLING = re.compile(r"open-?api|swagger|api[-_]?(docs?|spec)|service-desc", re.IGNORECASE)
_ADDRESS = re.compile(r"(https?:/)?/\S*")
_LINK = re.compile(r"<([^>]*)>([^<]*)")
_SERVICE_DESC = re.compile(r"""rel\s*=\s*("[^"]*\bservice-desc\b[^"]*"|service-desc\b)""")


class Found(NamedTuple):
    """A description, and where it is: an address relative to the application's origin."""

    address: str
    description: Mapping[str, Any]


def looking(entrance: str, named: Iterable[str] = ()) -> Generator[str, object, Found | None]:
    """Where to look, one address after the other, relative to the origin of the URL `entrance`.

    Each is to be answered by what is there, parsed, or by `...`; the end is the first description.
    First come the addresses that the application names itself, then the usual places below the two
    nearest folders that the entrance is in, then those of the whole host.
    """
    waiting = [*_inside(named, entrance), *_usual(entrance), CATALOG]
    asked = set[str]()
    while waiting:
        address = waiting.pop(0)
        if address in asked:
            continue
        asked.add(address)
        document = yield address
        if is_description(document):
            return Found(address, cast("Mapping[str, Any]", document))
        if address == CATALOG:
            waiting += _inside(named_in(document), entrance)
    return None


def named_in(document: object) -> list[str]:
    """Addresses in a JSON document that seem to be those of descriptions, by key or by value."""
    found: dict[str, None] = {}
    _collect(document, found, telling=False)
    return list(found)[:_MOST_NAMED]


def linked(header: str) -> list[str]:
    """The addresses that a `Link` header (RFC 8288) gives as descriptions (RFC 8631)."""
    links = cast("list[tuple[str, str]]", _LINK.findall(header))
    return [address for address, about in links if _SERVICE_DESC.search(about)]


def is_description(document: object) -> bool:
    """Whether a JSON document is an OpenAPI (2 or 3) description, as far as it is read here."""
    if not isinstance(document, dict) or not {"openapi", "swagger"} & document.keys():
        return False
    found = cast("dict[str, Any]", document)
    servers = found.get("servers", [])
    return (
        isinstance(found.get("paths", {}), dict)
        and isinstance(servers, list)
        and all(isinstance(each, dict) for each in cast("list[object]", servers))
    )


def base_path(description: Mapping[str, Any]) -> str:
    """The path below which a description's own paths lie."""
    servers = cast("list[dict[str, object]]", description.get("servers") or [{}])
    try:
        path = urlsplit(str(servers[0].get("url", ""))).path
    except ValueError:  # an address that is none
        path = ""
    base = str(description.get("basePath") or path).strip("/")
    return f"/{base}" if base else ""


def without_excluded(description: Mapping[str, Any], exclude: Sequence[str]) -> Mapping[str, Any]:
    """The description without what lies at paths that one of the patterns fits."""
    base, paths = base_path(description), cast("dict[str, Any]", description.get("paths", {}))
    kept = {path: told for path, told in paths.items() if not is_excluded(base + path, exclude)}
    return {**description, "paths": kept}


def _usual(entrance: str) -> list[str]:
    folder = urlsplit(entrance).path.rpartition("/")[0]
    folders = [folder]
    while folder:
        folders.append(folder := folder.rpartition("/")[0])
    nearest = dict.fromkeys((*folders[:_NEAREST], ""))
    return [f"{each}/{place}" for each in nearest for place in USUAL]


def _inside(addresses: Iterable[str], entrance: str) -> Generator[str]:
    """Those of the application itself, relative to its origin."""
    for address in addresses:
        with suppress(ValueError):  # an address that is none
            url = urljoin(entrance, address)
            if same_application(url, entrance):
                yield relative_url(url)


def _collect(document: object, found: dict[str, None], *, telling: bool) -> None:
    if isinstance(document, dict):
        for key, each in cast("dict[str, object]", document).items():
            _collect(each, found, telling=telling or _TELLING.search(key) is not None)
    elif isinstance(document, list):
        for each in cast("list[object]", document):
            _collect(each, found, telling=telling)
    elif (
        isinstance(document, str)
        and (telling or _TELLING.search(document))
        and _ADDRESS.fullmatch(document)
    ):
        found[document] = None
