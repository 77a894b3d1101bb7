"""The error catalogue: unique codes of one form, no status 500, and a page for each.

The pages in `docs/errors/` are generated from the classes' docstrings, so that the address in an
error's `type` always leads somewhere.
"""

import importlib
import inspect
import pkgutil
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from checks import generated

FOLDER = Path("docs/errors")
_CODE = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*){2}")


def rules(catalogue: Iterable[type]) -> list[str]:
    """Report errors whose code, status, title or docstring breaks the form of the catalogue."""
    problems: list[str] = []
    entries = list(catalogue)
    for error in entries:
        code, name = error.code, f"{error.__module__}.{error.__qualname__}"
        if not _CODE.fullmatch(code):
            problems.append(f"{name}: {code!r} is not <service>.<resource>.<condition>")
        if not 400 <= error.status <= 599 or error.status == 500:
            problems.append(f"{name}: status {error.status}; 500 is for what nobody expected")
        if not error.__dict__.get("__doc__"):
            problems.append(f"{name}: no docstring, so its page would say nothing")
        if not error.title:
            problems.append(f"{name}: no title")
    for code, count in Counter(error.code for error in entries).items():
        if count > 1:
            problems.append(f"code {code} stands for {count} classes")
    return problems


def pages(catalogue: Iterable[type]) -> dict[Path, str]:
    """Return the page of each error, and the index, by path."""
    entries = sorted(catalogue, key=lambda error: error.code)
    texts = {FOLDER / f"{error.code}.md": _page(error) for error in entries}
    rows = [
        f"| [`{error.code}`]({error.code}.md) | {error.status} | {error.title} |"
        for error in entries
    ]
    index = "# Errors\n\n| code | HTTP status | title |\n|---|---|---|\n" + "\n".join(rows) + "\n"
    return {FOLDER / "README.md": index, **texts}


def check(root: Path) -> list[str]:
    """Report broken rules of the catalogue and pages that are missing, stale or superfluous."""
    catalogue = _load()
    wanted = pages(catalogue)
    return (
        rules(catalogue)
        + generated.stale(root, wanted, "make docs")
        + [f"{path} is no error's page" for path in generated.orphans(root, wanted, f"{FOLDER}/*")]
    )


def write(root: Path) -> None:
    """Write the pages and remove those of errors that are gone."""
    wanted = pages(_load())
    generated.write(root, wanted, generated.orphans(root, wanted, f"{FOLDER}/*"))


def _page(error: type) -> str:
    return (
        f"# {error.title}\n\n"
        f"`{error.code}`, HTTP status {error.status}\n\n"
        f"{inspect.cleandoc(error.__doc__ or '')}\n"
    )


def _load() -> list[type]:
    """Import the whole platform, so that every class of the catalogue is known."""
    import argus
    from argus.kernel.errors import catalogue

    for module in pkgutil.walk_packages(argus.__path__, "argus."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    return [error for error in catalogue() if error.__module__.startswith("argus.")]
