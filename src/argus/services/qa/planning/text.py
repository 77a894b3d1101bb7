"""A suite as Markdown that people read, review and edit, and back again without loss.

    parse_plan(render_plan(suite)) == suite

Steps and expectations are sentences, one a line. Their words stand in the tables below, which serve
both directions: a field in braces is a value. Texts are JSON strings; a text that is one plain word
may stand without quotes. Elements are named in the steps as links, and described at the end, where
a healer finds what it knows of them; how to find an element is for people to edit as well.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

from pydantic import ValidationError as Invalid

from argus.kernel.schema import Value
from argus.services.qa.ir import (
    Action,
    AtUrl,
    ColumnMultiplies,
    CountIsRight,
    ElementPresent,
    Expectation,
    FieldValue,
    Fingerprint,
    Gone,
    LinkPresent,
    Locator,
    LocatorKind,
    Login,
    Mutation,
    NoMutation,
    Phase,
    Row,
    RowCount,
    Secret,
    SignInRequired,
    Step,
    Suite,
    Target,
    Test,
    TextAbsent,
    TextPresent,
    TotalAddsUp,
    ValidationError,
    Variable,
    Withheld,
)
from argus.services.qa.planning.text_lines import NUMBER, STRING, WORD, Line, Section, sections_of

ACTIONS: Mapping[Action, tuple[str, str]] = {
    Action.GOTO: ("go to", "with"),
    Action.CLICK: ("click", "with"),
    Action.DOUBLE_CLICK: ("double-click", "with"),
    Action.FILL: ("fill", "with"),
    Action.SELECT: ("set", "to"),
    Action.CHECK: ("check", "with"),
    Action.UNCHECK: ("uncheck", "with"),
    Action.PRESS: ("press on", "the key"),
    Action.HOVER: ("hover over", "with"),
    Action.RELOAD: ("reload", "with"),
    Action.BACK: ("go back", "with"),
    Action.VERIFY: ("look", "with"),
}
"""The verb, and what joins an element with a value."""

EXPECTATIONS: Mapping[type[Value], str] = {
    TextPresent: "the text {text}",
    TextAbsent: "no text {text}",
    RowCount: "{count} rows with {text}",
    FieldValue: "{target} to hold {value}",
    AtUrl: "the address {template}",
    Mutation: "a request {method} to {url_template}",
    NoMutation: "nothing to be changed",
    ValidationError: "a complaint about the input",
    ElementPresent: "{target} to be there",
    Gone: "the page of step {step} to be gone",
    TotalAddsUp: "the total {label} to add up",
    CountIsRight: "the number {label} to be that of the rows",
    ColumnMultiplies: "the column {head} to be a product",
    LinkPresent: "a link to {url_template}",
    SignInRequired: "nobody to get {text} without signing in",
    Withheld: "{role} not to get {text}",
}
"""What `expect` is followed by; then comes `because`, and the oracle."""

RECORDED: Mapping[str, str] = {
    "leads to": "post_url",
    "recorded before": "pre_state",
    "recorded after": "post_state",
}
"""What else a step says, as strings."""

LIMITS: Mapping[str, str] = {
    "labelled": "label",
    "from": "min",
    "to": "max",
    "of at least": "min_length",
    "of at most": "max_length",
    "like": "pattern",
}
"""What a value's description goes on with, in this order."""

_TARGET = rf"\[(?:[^\]\\]|\\.)*\]\(#[\w-]+\)(?: in the row with {STRING})?"
_LINK = re.compile(
    rf"\[(?P<said>(?:[^\]\\]|\\.)*)\]\(#(?P<key>[\w-]+)\)(?: in the row with (?P<row>{STRING}))?"
)
_FIELD = re.compile(r"\{(\w+)\}")
_SHAPES = {"count": NUMBER, "target": _TARGET, "method": WORD, "step": WORD, "role": WORD}
_VERBS = {verb: action for action, (verb, _) in ACTIONS.items()}
_STEP = re.compile(
    rf"\d+\. (?P<id>{WORD})(?: \((?P<phase>\w+)\))?(?: as (?P<role>{WORD}))?: "
    rf"(?P<verb>{'|'.join(sorted(map(re.escape, _VERBS), key=len, reverse=True))})"
    rf"(?: (?P<target>{_TARGET}))?"
    rf"(?:(?: with| to| the key)? (?:(?P<value>{STRING})|the secret (?P<secret>{WORD})))?"
)
_DETAIL = re.compile(rf"(?P<what>{'|'.join(RECORDED)}) (?P<text>{STRING})")
_VARIABLE = re.compile(
    rf"- (?P<name>{WORD}): (?:(?P<unique>unique) )?(?P<kind>\w+)"
    + "".join(
        rf"(?: {words} (?P<{field}>{NUMBER if field.endswith('_length') else STRING}))?"
        for words, field in LIMITS.items()
    )
)
_LOCATOR = re.compile(
    rf"- by (?P<kind>\w+)(?: (?P<role>{WORD}) named)? (?P<value>{STRING})(?P<part> or a part)?"
)


def render_plan(suite: Suite) -> str:
    """The plan. It ends with a line feed; no line of it depends on how another is wrapped."""
    elements = _Elements()
    lines = [
        "# Test plan",
        "",
        f"- application: {_quoted(suite.app_url)}",
        f"- seed: {suite.seed}",
        f"- format: {suite.schema_version}",
    ]
    if suite.login is not None:
        lines += ["", f"## Sign in as {_quoted(suite.login.username)}", ""]
        lines += elements.steps(suite.login.steps)
    for test in suite.tests:
        lines += ["", f"## Test: {_title(test.name)}", ""]
        lines += [
            f"- id: {_word(test.id)}",
            f"- flow: {test.flow.value}",
            f"- about: {_quoted(test.entity)}",
            f"- priority: {test.priority!r}",
        ]
        if test.variables:
            lines += ["", "### Values", ""]
            lines += [_variable(name, each) for name, each in test.variables.items()]
        lines += ["", "### Steps", "", *elements.steps(test.steps)]
    if elements.known:
        lines += ["", "## Elements"]
    for key, (locators, fingerprint) in elements.known.items():
        lines += ["", f"### {key}", "", *map(_locator, locators)]
        if fingerprint != _NOTHING_KNOWN:
            known = json.dumps(
                fingerprint.model_dump(mode="json", exclude_defaults=True), ensure_ascii=False
            )
            lines += ["", "```json", known.replace("<", r"\u003c"), "```"]
    return "\n".join(lines) + "\n"


def sentence(step: Step) -> str:
    """What the step does, in words that a person can follow: `fill textbox "Title" with "Emma"`."""
    verb, joined = ACTIONS[step.action]
    said = [verb]
    if step.target is not None:
        row = f" in the row with {_quoted(step.target.row.text)}" if step.target.row else ""
        said.append(f"{step.target.description}{row}")
        said += [joined] if step.value is not None else []
    if isinstance(step.value, Secret):
        said.append(f"the secret {step.value.secret}")
    elif step.value is not None:
        said.append(_quoted(step.value))
    said += [f"as {step.as_role}"] if step.as_role else []
    return " ".join(said)


def parse_plan(text: str) -> Suite:
    """The suite that a plan describes.

    Raises:
        PlanInvalid: a line is not what is expected there; it is named by its number, from 1.
    """
    head, *sections = sections_of(text)
    elements: dict[str, tuple[tuple[Locator, ...], Fingerprint]] = {}
    for section in [section for section in sections if section.title == "Elements"]:
        elements = _read_elements(section)
        sections.remove(section)
    reader = _Reader(elements)
    about = head.facts("application", "seed", "format")
    login, tests = None, list[Test]()
    for section in sections:
        if section.title.startswith("Sign in as ") and login is None and not tests:
            username = section.heading.string(section.title.removeprefix("Sign in as "))
            login = Login(username=username, steps=reader.steps(section.rest()))
        elif section.title.startswith("Test: "):
            tests.append(reader.test(section))
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


_NOTHING_KNOWN = Fingerprint(tag="")


class _Elements:
    """Elements of the suite by their names in the text, in the order they are used."""

    def __init__(self) -> None:
        self.known: dict[str, tuple[tuple[Locator, ...], Fingerprint]] = {}

    def steps(self, steps: tuple[Step, ...]) -> Iterator[str]:
        for number, step in enumerate(steps, start=1):
            phase = f" ({step.phase.value})" if step.phase is not Phase.ACT else ""
            role = f" as {_word(step.as_role)}" if step.as_role else ""
            verb, joined = ACTIONS[step.action]
            said = [verb]
            if step.target is not None:
                said += [self._link(step.target), *([joined] if step.value is not None else [])]
            if isinstance(step.value, Secret):
                said.append(f"the secret {_word(step.value.secret)}")
            elif step.value is not None:
                said.append(_quoted(step.value))
            yield f"{number}. {_word(step.id)}{phase}{role}: {' '.join(said)}"
            for expectation in step.expect:
                yield f"   - expect {self._expectation(expectation)}"
            for words, field in RECORDED.items():
                if recorded := getattr(step, field):
                    yield f"   - {words} {_quoted(recorded)}"

    def _expectation(self, expectation: Expectation) -> str:
        def said(match: re.Match[str]) -> str:
            value = getattr(expectation, match[1])
            if isinstance(value, Target):
                return self._link(value)
            if isinstance(value, int):
                return str(value)
            return _word(value) if _SHAPES.get(match[1]) == WORD else _quoted(value)

        words = _FIELD.sub(said, EXPECTATIONS[type(expectation)])
        return f"{words} because {_quoted(expectation.oracle)}"

    def _link(self, target: Target) -> str:
        described = target.locators, target.fingerprint
        key = next((key for key, known in self.known.items() if known == described), "")
        if not key:
            key = f"e{len(self.known) + 1}"
            self.known[key] = described
        said = _quoted(target.description)[1:-1].replace('\\"', '"').replace("]", r"\u005d")
        row = f" in the row with {_quoted(target.row.text)}" if target.row else ""
        return f"[{said}](#{key}){row}"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("<", r"\u003c")


def _word(text: str) -> str:
    return text if re.fullmatch(r"[\w.-]+", text) else _quoted(text)


def _title(text: str) -> str:
    plain = text and text == text.strip() and text.isprintable() and text[0] != '"'
    return text if plain and "<" not in text else _quoted(text)


def _variable(name: str, variable: Variable) -> str:
    said = f"- {_word(name)}: {'unique ' if variable.unique else ''}{variable.kind.value}"
    default = Variable(kind=variable.kind)
    for words, field in LIMITS.items():
        if (value := getattr(variable, field)) != getattr(default, field):
            said += f" {words} {_quoted(value) if isinstance(value, str) else value}"
    return said


def _locator(locator: Locator) -> str:
    role = f" {_word(locator.role)} named" if locator.role else ""
    part = "" if locator.exact else " or a part"
    return f"- by {locator.kind.value}{role} {_quoted(locator.value)}{part}"


def _read_elements(section: Section) -> dict[str, tuple[tuple[Locator, ...], Fingerprint]]:
    found: dict[str, tuple[tuple[Locator, ...], Fingerprint]] = {}
    while section.lines:
        heading = section.lines[0]
        name = heading.match(re.compile(r"### ([\w-]+)"), "`### e1`, the name of an element")[1]
        lines = cast("list[Line]", section.below(name))
        fences = [n for n, line in enumerate(lines) if line.text.startswith("```")]
        locators = tuple(map(_read_locator, lines[: fences[0]] if fences else lines))
        fingerprint = _NOTHING_KNOWN
        if fences:
            if len(fences) != 2 or fences[1] != fences[0] + 2 or fences[1] + 1 != len(lines):
                raise lines[fences[0]].wrong("one line of JSON between ```json and ```, at the end")
            fingerprint = _read_fingerprint(lines[fences[0] + 1])
        found[name] = locators, fingerprint
    return found


def _read_locator(line: Line) -> Locator:
    kinds = ", ".join(kind.value for kind in LocatorKind)
    match = line.match(_LOCATOR, f'`- by KIND "…"` or `- by role button named "…"`; KIND: {kinds}')
    role = line.string(match["role"]) if match["role"] else ""
    return line.checked(
        Locator,
        kind=match["kind"],
        value=line.string(match["value"]),
        role=role,
        exact=match["part"] is None,
    )


def _read_fingerprint(line: Line) -> Fingerprint:
    try:
        return Fingerprint.model_validate_json(line.text.strip())
    except Invalid:
        raise line.wrong("what is known of the element, as written, or no such block") from None


class _Reader:
    """Reads steps, whose elements are described elsewhere."""

    def __init__(self, elements: Mapping[str, tuple[tuple[Locator, ...], Fingerprint]]) -> None:
        self._elements = elements

    def test(self, section: Section) -> Test:
        title = section.title.removeprefix("Test: ")
        about = section.facts("id", "flow", "about", "priority")
        variables = dict(map(self._variable, section.below("Values") or ()))
        steps = section.below("Steps")
        if steps is None or section.lines:
            line = section.lines[0] if section.lines else section.heading
            raise line.wrong("`### Values`, if there are any, and then `### Steps`")
        return section.heading.checked(
            Test,
            id=about["id"].string(),
            name=section.heading.string(title),
            flow=about["flow"].text,
            entity=about["about"].string(),
            priority=about["priority"].text,
            variables=variables,
            steps=self.steps(steps),
        )

    def steps(self, lines: list[Line]) -> tuple[Step, ...]:
        found: list[Step] = []
        while lines:
            line = lines.pop(0)
            match = line.match(
                _STEP, f'a step, `1. s1: fill [textbox "Name"](#e1) with "…"`; {_KNOWN_VERBS}'
            )
            value: str | Secret | None = None
            if match["secret"]:
                value = Secret(secret=line.string(match["secret"]))
            elif match["value"]:
                value = line.string(match["value"])
            details: dict[str, str] = {}
            expect: list[Expectation] = []
            while lines and lines[0].text.lstrip().startswith("- "):
                detail = lines.pop(0)
                text = detail.text.strip().removeprefix("- ")
                if text.startswith("expect "):
                    expect.append(self._expectation(detail, text.removeprefix("expect ")))
                elif (recorded := _DETAIL.fullmatch(text)) is not None:
                    details[RECORDED[recorded["what"]]] = detail.string(recorded["text"])
                else:
                    raise detail.wrong(f'`- expect …` or one of `{"`, `".join(RECORDED)}` and "…"')
            found.append(
                line.checked(
                    Step,
                    id=line.string(match["id"]),
                    action=_VERBS[match["verb"]],
                    target=self._target(line, match["target"]) if match["target"] else None,
                    value=value,
                    expect=tuple(expect),
                    phase=match["phase"] or Phase.ACT,
                    as_role=line.string(match["role"]) if match["role"] else "",
                    **details,
                )
            )
        return tuple(found)

    def _expectation(self, line: Line, text: str) -> Expectation:
        for kind, pattern in _EXPECTED.items():
            if (match := pattern.fullmatch(text)) is not None:
                fields: dict[str, Any] = {
                    name: self._target(line, said)
                    if name == "target"
                    else int(said)
                    if name == "count"
                    else line.string(said)
                    for name, said in match.groupdict().items()
                }
                return cast("Expectation", kind(**fields))
        raise line.wrong(f'`expect …`, then `because "…"`; {_KNOWN_EXPECTATIONS}')

    def _target(self, line: Line, text: str) -> Target:
        match = cast("re.Match[str]", _LINK.fullmatch(text))
        if match["key"] not in self._elements:
            raise line.wrong(f"an element that `## Elements` describes, not {match['key']}")
        locators, fingerprint = self._elements[match["key"]]
        said = re.sub(r'\\.|"', lambda each: '\\"' if each[0] == '"' else each[0], match["said"])
        return Target(
            description=line.string(f'"{said}"'),
            locators=locators,
            fingerprint=fingerprint,
            row=Row(text=line.string(match["row"])) if match["row"] else None,
        )

    def _variable(self, line: Line) -> tuple[str, Variable]:
        match = line.match(_VARIABLE, '`- name: unique text labelled "…" of at most 40`')
        limits = {
            field: int(said) if field.endswith("_length") else line.string(said)
            for field in LIMITS.values()
            if (said := match[field]) is not None
        }
        kind, unique = match["kind"], match["unique"] is not None
        variable = line.checked(Variable, kind=kind, unique=unique, **limits)
        return line.string(match["name"]), variable


def _pattern(words: str) -> re.Pattern[str]:
    parts = _FIELD.split(words)
    for index, name in enumerate(parts):
        parts[index] = f"(?P<{name}>{_SHAPES.get(name, STRING)})" if index % 2 else re.escape(name)
    return re.compile("".join(parts) + rf" because (?P<oracle>{STRING})")


_EXPECTED = {kind: _pattern(words) for kind, words in EXPECTATIONS.items()}
_KNOWN_VERBS = "known are " + ", ".join(_VERBS)
_KNOWN_EXPECTATIONS = "known are " + ", ".join(EXPECTATIONS.values())
