"""Routes as they stand in a file, and where files are mounted below others' paths."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from argus.services.qa.code.surface import Framework, Surface, SurfaceKind

_PARAMETERS = re.compile(
    r"<(?:[a-z_]+:)?(\w+)>|\{(\w+)(?::\w+)?\}|\(\?P<(\w+)>[^)]*\)|\[\[?(?:\.\.\.)?(\w+)\]\]?"
)
_DEEPEST = 8


@dataclass(frozen=True)
class Route:
    """One route; `path` has what its own file says of it."""

    framework: Framework
    file: str
    line: int
    method: str
    path: str
    handler: str = ""


@dataclass(frozen=True)
class Mount:
    """All routes of `file` are found below `prefix`, which itself stands in `by`."""

    by: str
    file: str
    prefix: str


@dataclass
class Found:
    """What one look at a repository's code gathers."""

    routes: list[Route] = field(default_factory=list[Route])
    mounts: list[Mount] = field(default_factory=list[Mount])
    surfaces: list[Surface] = field(default_factory=list[Surface])


def route_surfaces(routes: Sequence[Route], mounts: Sequence[Mount]) -> Iterable[Surface]:
    """The routes at their whole paths. One that is mounted twice is found twice."""
    by_file: dict[str, list[Mount]] = {}
    for mount in mounts:
        by_file.setdefault(mount.file, []).append(mount)
    for route in routes:
        for prefix in _prefixes(route.file, by_file, _DEEPEST):
            path = path_of(prefix, route.path)
            yield Surface(
                kind=SurfaceKind.ROUTE,
                name=f"{route.method} {path}".strip(),
                framework=route.framework,
                file=route.file,
                line=route.line,
                method=route.method,
                path=path,
                handler=route.handler,
            )


def path_of(*parts: str) -> str:
    """One URL path of its parts, with parameters as `:name`, whatever the framework writes."""
    joined = "/".join(filter(None, (part.strip("^$").strip("/") for part in parts)))
    named = _PARAMETERS.sub(lambda match: ":" + next(filter(None, match.groups())), joined)
    ends = "/" if parts[-1].rstrip("$").endswith("/") else ""
    return re.sub(r"/+", "/", f"/{named}{ends}")


def _prefixes(file: str, by_file: Mapping[str, Sequence[Mount]], deep: int) -> list[str]:
    mounts = by_file.get(file, ())
    if not mounts or not deep:
        return [""]
    return [
        f"{above.rstrip('/')}/{mount.prefix.strip('^').lstrip('/')}"
        for mount in mounts
        for above in (_prefixes(mount.by, by_file, deep - 1) if mount.by != file else [""])
    ]
