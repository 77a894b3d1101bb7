"""What a code base offers to be tested, as found in its source."""

from enum import StrEnum

from argus.kernel.schema import Value


class SurfaceKind(StrEnum):
    """How people and programs reach it."""

    ROUTE = "route"
    FORM = "form"
    HANDLER = "handler"
    """What a control of the page does when it is used."""
    TEST_ID = "test_id"


class Framework(StrEnum):
    """Whose conventions made it a surface."""

    DJANGO = "django"
    FLASK = "flask"
    FASTAPI = "fastapi"
    EXPRESS = "express"
    NEXT = "next"
    REACT = "react"
    VUE = "vue"
    HTML = "html"


class Surface(Value):
    """One thing to test, and where it stands.

    `path` is a URL path with its parameters as `:name`, of a route or of what a form is sent to.
    `method` is empty where the code does not say. `fields` are a form's, by name.
    """

    kind: SurfaceKind
    name: str
    framework: Framework
    file: str
    """Relative to the repository, with `/`."""
    line: int
    method: str = ""
    path: str = ""
    fields: tuple[str, ...] = ()
    handler: str = ""
    """The function or class behind it, as it is called there."""

    @property
    def is_mutating(self) -> bool:
        """Whether using it is meant to change something."""
        if self.kind in (SurfaceKind.HANDLER, SurfaceKind.TEST_ID):
            return False
        return self.method not in ("", "GET", "HEAD", "OPTIONS")


class RankedSurface(Value):
    """A surface and how much it matters; see `planning.priority.weight`."""

    surface: Surface
    priority: float
    importers: int
    """Files that import the one it stands in."""
    commits: int
    """Recent commits that changed that file."""


class Codebase(Value):
    """What was found in a repository."""

    files: int
    """Source files that were read."""
    unreadable: tuple[str, ...]
    """Those that are not text, or too large."""
    frameworks: tuple[Framework, ...]
    surfaces: tuple[RankedSurface, ...]
    """The most important first."""
