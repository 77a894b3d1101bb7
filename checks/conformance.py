"""What the standards that Argus claims ask of it, and which test shows that Argus does it.

`conformance/<specification>.yaml` lists the requirements of one specification in our words:

    title: Proof Key for Code Exchange
    link: https://www.rfc-editor.org/rfc/rfc7636
    requirements:
      rfc7636:4.6:wrong-verifier:
        must: A verifier that does not fit the challenge is refused with `invalid_grant`.
      rfc7636:4.4.1:unsupported-method:
        should: ...
        deferred: Why Argus does not do it, or why no test can show it.

An id is the file's name, the section, and a name. The level is `must`, `should` or `may`: the
specification's keyword, `must` for what it defines without one and nothing works without. A test
says what it shows with `@pytest.mark.requirement("rfc7636:4.6:wrong-verifier")`.
`docs/reference/conformance.md` is generated from both.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from checks import generated
from checks.marks import MarkedTest, marked

FOLDER = Path("conformance")
PAGE = Path("docs/reference/conformance.md")
LEVELS = ("must", "should", "may")
_ID = re.compile(r"(?P<specification>[a-z0-9-]+):(?P<section>[\w.]+):[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True)
class Requirement:
    """What a specification asks."""

    id: str
    level: str
    text: str
    deferred: str
    """Why there is no test; empty if there must be one."""

    @property
    def section(self) -> str:
        return self.id.split(":")[1]


@dataclass(frozen=True)
class Specification:
    """One registry."""

    name: str
    """Of the file: `rfc7636`."""
    title: str
    link: str
    requirements: tuple[Requirement, ...]


class FormError(Exception):
    """A registry is not of the form that this module describes; the message says where."""


def parse(name: str, text: str) -> Specification:
    """Read one registry.

    Raises:
        FormError: it is not of the described form.
    """
    try:
        document = _UniqueKeys(text).get_single_data()
        entries = document["requirements"].items()
        requirements = tuple(_requirement(name, id_, entry) for id_, entry in entries)
        return Specification(name, document["title"], document["link"], requirements)
    except (yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        raise FormError(f"{name}.yaml: {error!r}") from error


def rules(specifications: list[Specification], tests: dict[str, list[MarkedTest]]) -> Iterator[str]:
    """Report requirements with neither test nor reason or with both, and marks that name none."""
    known = {entry.id: entry for found in specifications for entry in found.requirements}
    for id_, requirement in known.items():
        if id_ not in tests and not requirement.deferred:
            yield f'{id_}: no test is marked requirement("{id_}"), and no reason says why'
        if id_ in tests and requirement.deferred:
            yield f"{id_}: deferred, although {tests[id_][0].file} tests it"
    for id_ in sorted(tests.keys() - known.keys()):
        yield f'{tests[id_][0].file}: requirement("{id_}") is in no registry'


def render(specifications: list[Specification], tests: dict[str, list[MarkedTest]]) -> str:
    """Return the page."""
    lines = [
        "# Conformance",
        "",
        "Generated from the registries in `conformance/` and the tests' marks by `make docs`.",
        "",
        "What the standards ask of an authorization server, an OpenID provider and a resource",
        "server, in our words, with the tests that show it. What Argus does not do, or what no",
        "test can show, is deferred and says why.",
        "",
        "| specification | requirements | tested | deferred |",
        "|---|---|---|---|",
    ]
    for found in specifications:
        total, deferred = len(found.requirements), sum(bool(e.deferred) for e in found.requirements)
        tested = sum(entry.id in tests for entry in found.requirements)
        lines.append(f"| [{found.title}](#{found.name}) | {total} | {tested} | {deferred} |")
    for found in specifications:
        lines += ["", f"## {found.name}", "", f"[{found.title}]({found.link})", ""]
        lines += ["| requirement | level | what | shown by |", "|---|---|---|---|"]
        lines += [_row(found, entry, tests.get(entry.id, [])) for entry in found.requirements]
    return "\n".join(lines) + "\n"


def check(root: Path) -> list[str]:
    """Report malformed registries, broken rules, and a stale page."""
    try:
        specifications = _load(root)
    except FormError as error:
        return [str(error)]
    tests = marked(root / "tests", "requirement")
    stale = generated.stale(root, {PAGE: render(specifications, tests)}, "make docs")
    return stale + list(rules(specifications, tests))


def write(root: Path) -> None:
    """Write the page.

    Raises:
        FormError: a registry is malformed.
    """
    tests = marked(root / "tests", "requirement")
    generated.write(root, {PAGE: render(_load(root), tests)}, [])


def _load(root: Path) -> list[Specification]:
    files = sorted((root / FOLDER).glob("*.yaml"))
    return [parse(file.stem, file.read_text()) for file in files]


def _requirement(name: str, id_: str, entry: dict[str, str]) -> Requirement:
    match = _ID.fullmatch(id_)
    if match is None or match["specification"] != name:
        raise FormError(f"{name}.yaml: {id_} is not {name}:<section>:<name-in-words>")
    levels = [level for level in LEVELS if level in entry]
    if len(levels) != 1 or entry.keys() - {levels[0], "deferred"} or not all(entry.values()):
        raise FormError(f"{name}.yaml: {id_} needs one of {LEVELS}, and may have `deferred`")
    return Requirement(id_, levels[0], entry[levels[0]], entry.get("deferred", ""))


def _row(of: Specification, entry: Requirement, tests: list[MarkedTest]) -> str:
    section = f"[{entry.section}]({of.link}#section-{entry.section})"
    if "rfc-editor" not in of.link:
        section = entry.section
    name = entry.id.rpartition(":")[2]
    shown = "<br>".join(
        f"[{_sentence(test.name or test.file.stem)}](../../tests/{test.file})" for test in tests
    )
    shown = shown or (f"deferred: {entry.deferred}" if entry.deferred else "nothing yet")
    return f"| {section} {name} | {entry.level} | {entry.text} | {shown} |"


def _sentence(name: str) -> str:
    return name.removeprefix("test_").replace("_", " ")


class _UniqueKeys(yaml.SafeLoader):
    """Refuses a key that stands twice, of which plain YAML takes the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value]
        if twice := {key for key in keys if keys.count(key) > 1}:
            raise yaml.constructor.ConstructorError(problem=f"{', '.join(twice)} stands twice")
        return super().construct_mapping(node, deep)
