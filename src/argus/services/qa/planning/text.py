"""A suite as Markdown that people read, review and edit, and back again without loss.

    parse_plan(render_plan(suite)) == suite

Steps and expectations are sentences, one a line, whose words stand in `text_words`. Texts are JSON
strings; a text that is one plain word may stand without quotes. Elements are named in the steps as
links, and described at the end, where a healer finds what it knows of them; how to find an element
is for people to edit as well.
"""

import json
import re
from collections.abc import Iterator, Sequence

from argus.services.qa.expectation import Expectation
from argus.services.qa.ir import (
    Case,
    HttpRequest,
    Login,
    Phase,
    Secret,
    Step,
    Suite,
    Test,
    Variable,
)
from argus.services.qa.planning.text_lines import WORD, sections_of
from argus.services.qa.planning.text_reading import (
    BAR,
    FIELD,
    NOTHING_KNOWN,
    SHAPES,
    Reader,
    read_elements,
)
from argus.services.qa.planning.text_words import (
    ACTIONS,
    EXPECTATIONS,
    LIMITS,
    RECORDED,
    line,
    quoted,
    sending,
    word,
)
from argus.services.qa.target import Fingerprint, Locator, Target


def render_plan(suite: Suite) -> str:
    """The plan. It ends with a line feed; no line of it depends on how another is wrapped."""
    elements = _Elements()
    lines = [
        "# Test plan",
        "",
        f"- application: {quoted(suite.app_url)}",
        f"- seed: {suite.seed}",
        f"- format: {suite.schema_version}",
    ]
    if suite.login is not None:
        lines += ["", f"## Sign in as {quoted(suite.login.username)}", ""]
        lines += elements.steps(suite.login.steps)
    for test in suite.tests:
        lines += ["", f"## Test: {line(test.name)}", ""]
        lines += [
            f"- id: {word(test.id)}",
            f"- flow: {test.flow.value}",
            f"- about: {quoted(test.entity)}",
            f"- priority: {test.priority!r}",
        ]
        if test.variables:
            lines += ["", "### Values", ""]
            lines += [_variable(name, each) for name, each in test.variables.items()]
        if test.cases:
            lines += ["", "### Cases", "", *_table(test.cases)]
        lines += ["", "### Steps", "", *elements.steps(test.steps)]
    if elements.known:
        lines += ["", "## Elements"]
    for key, (locators, fingerprint) in elements.known.items():
        lines += ["", f"### {key}", "", *map(_locator, locators)]
        if fingerprint != NOTHING_KNOWN:
            known = json.dumps(
                fingerprint.model_dump(mode="json", exclude_defaults=True), ensure_ascii=False
            )
            lines += ["", "```json", known.replace("<", r"\u003c"), "```"]
    return "\n".join(lines) + "\n"


def parse_plan(text: str) -> Suite:
    """The suite that a plan describes.

    Raises:
        PlanInvalid: a line is not what is expected there; it is named by its number, from 1.
    """
    head, *sections = sections_of(text)
    elements: dict[str, tuple[tuple[Locator, ...], Fingerprint]] = {}
    for section in [section for section in sections if section.title == "Elements"]:
        elements = read_elements(section)
        sections.remove(section)
    reader = Reader(elements)
    about = head.facts("application", "seed", "format")
    login, tests = None, list[Test]()
    for section in sections:
        if section.title.startswith("Sign in as ") and login is None and not tests:
            username = section.heading.string(section.title.removeprefix("Sign in as "))
            login = Login(username=username, steps=reader.steps(section.rest()))
        elif section.title.startswith("Test: "):
            tests.append(reader.test(section))
            if any(test.id == tests[-1].id for test in tests[:-1]):
                raise section.heading.wrong(f"a test with an id of its own, not {tests[-1].id}")
        else:
            raise section.heading.wrong('`## Sign in as "…"` first, `## Test: …`, `## Elements`')
    return head.heading.checked(
        Suite,
        schema_version=about["format"].number(),
        app_url=about["application"].string(),
        seed=about["seed"].number(),
        login=login,
        tests=tuple(tests),
    )


class _Elements:
    """Elements of the suite by their names in the text, in the order they are used."""

    def __init__(self) -> None:
        self.known: dict[str, tuple[tuple[Locator, ...], Fingerprint]] = {}

    def steps(self, steps: tuple[Step, ...]) -> Iterator[str]:
        for number, step in enumerate(steps, start=1):
            phase = f" ({step.phase.value})" if step.phase is not Phase.ACT else ""
            role = f" as {word(step.as_role)}" if step.as_role else ""
            verb, joined = ACTIONS[step.action]
            said = [verb]
            if step.target is not None:
                said += [self._link(step.target), *([joined] if step.value is not None else [])]
            if isinstance(step.value, Secret):
                said.append(f"the secret {word(step.value.secret)}")
            elif step.value is not None:
                said.append(quoted(step.value))
            if step.request is not None:
                said = [sending(step.request)]
            yield f"{number}. {word(step.id)}{phase}{role}: {' '.join(said)}"
            if step.request is not None:
                yield from _details(step.request)
            for expectation in step.expect:
                yield f"   - expect {self._expectation(expectation)}"
            for words, field in RECORDED.items():
                if recorded := getattr(step, field):
                    yield f"   - {words} {quoted(recorded)}"

    def _expectation(self, expectation: Expectation) -> str:
        def said(match: re.Match[str]) -> str:
            value = getattr(expectation, match[1])
            if isinstance(value, Target):
                return self._link(value)
            if isinstance(value, str):
                return word(value) if SHAPES.get(match[1]) == WORD else quoted(value)
            return json.dumps(value, ensure_ascii=False).replace("<", r"\u003c")

        words = FIELD.sub(said, EXPECTATIONS[type(expectation)])
        return f"{words} because {quoted(expectation.oracle)}"

    def _link(self, target: Target) -> str:
        described = target.locators, target.fingerprint
        key = next((key for key, known in self.known.items() if known == described), "")
        if not key:
            key = f"e{len(self.known) + 1}"
            self.known[key] = described
        said = quoted(target.description)[1:-1].replace('\\"', '"').replace("]", r"\u005d")
        row = f" in the row with {quoted(target.row.text)}" if target.row else ""
        return f"[{said}](#{key}){row}"


def _details(request: HttpRequest) -> Iterator[str]:
    for name, value in request.headers.items():
        said = f"the secret {word(value.secret)}" if isinstance(value, Secret) else quoted(value)
        yield f"   - header {quoted(name)}: {said}"
    if request.body:
        yield f"   - body {line(request.body)}"
    for name, pointer in request.keep.items():
        yield f"   - keep {quoted(pointer)} as {word(name)}"


def _table(cases: Sequence[Case]) -> Iterator[str]:
    names = list(cases[0].values)
    yield _cells("case", *names)
    yield _cells(*["---"] * (1 + len(names)))
    for case in cases:
        yield _cells(case.name, *(case.values[name] for name in names))


def _cells(*texts: str) -> str:
    return f"| {' | '.join(word(text).replace('|', BAR) for text in texts)} |"


def _variable(name: str, variable: Variable) -> str:
    said = f"- {word(name)}: {'unique ' if variable.unique else ''}{variable.kind.value}"
    default = Variable(kind=variable.kind)
    for words, field in LIMITS.items():
        if (value := getattr(variable, field)) != getattr(default, field):
            said += f" {words} {quoted(value) if isinstance(value, str) else value}"
    return said


def _locator(locator: Locator) -> str:
    role = f" {word(locator.role)} named" if locator.role else ""
    part = "" if locator.exact else " or a part"
    return f"- by {locator.kind.value}{role} {quoted(locator.value)}{part}"
