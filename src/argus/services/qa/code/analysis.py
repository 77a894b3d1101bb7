"""From a folder with source code to its testable surfaces, the most important first."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from argus.kernel.errors import InvalidRequest
from argus.services.qa.code.churn import commits_by_file
from argus.services.qa.code.imports import imports_of
from argus.services.qa.code.markup import find_marked_up, script_of
from argus.services.qa.code.python import find_python
from argus.services.qa.code.routes import Found, route_surfaces
from argus.services.qa.code.script import find_scripted
from argus.services.qa.code.source import HTML, PYTHON, sources
from argus.services.qa.code.surface import Codebase, RankedSurface, Surface
from argus.services.qa.planning.priority import weight


def analyze(root: Path) -> Codebase:
    """What the code below `root` offers to be tested. Nothing of it is executed.

    The same files and history give the same result. Blocks: about a second for a thousand files.

    Raises:
        InvalidRequest: there is no such folder.
    """
    if not root.is_dir():
        raise InvalidRequest(f"{root} is not a folder with source code")
    unreadable: list[str] = []
    files = list(sources(root, unreadable))
    scripts = [
        script for file in files if file.name.endswith(".vue") if (script := script_of(file))
    ]
    code = [file for file in files if file.language is not HTML] + scripts
    imports = imports_of(code)
    by_name = {file.name: file for file in code}
    is_next = any(file.name.rpartition("/")[2].startswith("next.config.") for file in files)
    found = Found()
    for file in files:
        if file.language is HTML:
            find_marked_up(file, found)
    for file in code:
        if file.language is PYTHON:
            find_python(file, imports, by_name, found)
        else:
            find_scripted(file, imports, is_next=is_next, found=found)
    surfaces = [*route_surfaces(found.routes, found.mounts), *found.surfaces]
    commits = commits_by_file(root)
    return Codebase(
        files=len(files),
        unreadable=tuple(unreadable),
        frameworks=tuple(sorted({surface.framework for surface in surfaces})),
        surfaces=_ranked(surfaces, imports.importers, commits),
    )


def _ranked(
    surfaces: Sequence[Surface], importers: Mapping[str, int], commits: Mapping[str, int]
) -> tuple[RankedSurface, ...]:
    most_importers = max(importers.values(), default=0) or 1
    most_commits = max((commits.get(surface.file, 0) for surface in surfaces), default=0) or 1
    ranked = [
        RankedSurface(
            surface=surface,
            priority=weight(
                " ".join((surface.name, surface.path, surface.handler, *surface.fields)),
                mutating=surface.is_mutating,
                churn=commits.get(surface.file, 0) / most_commits,
                fan_in=importers.get(surface.file, 0) / most_importers,
            ),
            importers=importers.get(surface.file, 0),
            commits=commits.get(surface.file, 0),
        )
        for surface in surfaces
    ]
    return tuple(
        sorted(ranked, key=lambda each: (-each.priority, each.surface.file, each.surface.line))
    )
