"""Reads the sections of a plan: elements, values, cases, steps and what is expected of them."""

import re
from collections.abc import Mapping
from typing import Any, cast

from pydantic import ValidationError as Invalid

from argus.services.qa.expectation import Expectation
from argus.services.qa.ir import Action, Case, HttpRequest, Phase, Secret, Step, Test, Variable
from argus.services.qa.planning.text_lines import NUMBER, STRING, WORD, Line, Section
from argus.services.qa.planning.text_words import ACTIONS, EXPECTATIONS, LIMITS, RECORDED
from argus.services.qa.target import Fingerprint, Locator, LocatorKind, Row, Target

NOTHING_KNOWN = Fingerprint(tag="")
FIELD = re.compile(r"\{(\w+)\}")
BAR = r"\u007c"
"""What stands for `|` in a table."""

_TARGET = rf"\[(?:[^\]\\]|\\.)*\]\(#[\w-]+\)(?: in the row with {STRING})?"
_LINK = re.compile(
    rf"\[(?P<said>(?:[^\]\\]|\\.)*)\]\(#(?P<key>[\w-]+)\)(?: in the row with (?P<row>{STRING}))?"
)
_ROW = rf"\[(?:{STRING}|null)?(?:, (?:{STRING}|null))*\]"
SHAPES = {
    "count": NUMBER,
    "status": NUMBER,
    "row": _ROW,
    "target": _TARGET,
    "method": WORD,
    "step": WORD,
    "role": WORD,
}
"""How a field of an expectation is written; the others are texts in quotes."""

_SEND = ACTIONS[Action.REQUEST][0]
_VERBS = {verb: action for action, (verb, _) in ACTIONS.items() if action is not Action.REQUEST}
_STEP = re.compile(
    rf"\d+\. (?P<id>{WORD})(?: \((?P<phase>\w+)\))?(?: as (?P<role>{WORD}))?: "
    rf"(?:{_SEND} (?P<method>{WORD}) (?P<path>{STRING})|"
    rf"(?P<verb>{'|'.join(sorted(map(re.escape, _VERBS), key=len, reverse=True))})"
    rf"(?: (?P<target>{_TARGET}))?"
    rf"(?:(?: with| to| the key| the file)? "
    rf"(?:(?P<value>{STRING})|the secret (?P<secret>{WORD})))?)"
)
_HEADER = re.compile(
    rf"header (?P<name>{STRING}): (?:(?P<value>{STRING})|the secret (?P<secret>{WORD}))"
)
_CELLS = re.compile(rf"\|((?: {WORD} \|)* {WORD}) \|")
_KEEP = re.compile(rf"keep (?P<pointer>{STRING}) as (?P<name>{WORD})")
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


def read_elements(section: Section) -> dict[str, tuple[tuple[Locator, ...], Fingerprint]]:
    """The elements that a section describes, by their names. Raises PlanInvalid."""
    found: dict[str, tuple[tuple[Locator, ...], Fingerprint]] = {}
    while section.lines:
        heading = section.lines[0]
        name = heading.match(re.compile(r"### ([\w-]+)"), "`### e1`, the name of an element")[1]
        lines = cast("list[Line]", section.below(name))
        fences = [n for n, line in enumerate(lines) if line.text.startswith("```")]
        locators = tuple(map(_read_locator, lines[: fences[0]] if fences else lines))
        fingerprint = NOTHING_KNOWN
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


class Reader:
    """Reads tests and steps, whose elements are described elsewhere. All raise PlanInvalid."""

    def __init__(self, elements: Mapping[str, tuple[tuple[Locator, ...], Fingerprint]]) -> None:
        self._elements = elements

    def test(self, section: Section) -> Test:
        title = section.title.removeprefix("Test: ")
        about = section.facts("id", "flow", "about", "priority")
        variables = dict(map(self._variable, section.below("Values") or ()))
        cases = self._cases(section.below("Cases") or [])
        steps = section.below("Steps")
        if steps is None or section.lines:
            line = section.lines[0] if section.lines else section.heading
            raise line.wrong("`### Values` and `### Cases`, if there are any, then `### Steps`")
        return section.heading.checked(
            Test,
            id=about["id"].string(),
            name=section.heading.string(title),
            flow=about["flow"].text,
            entity=about["about"].string(),
            priority=about["priority"].text,
            variables=variables,
            cases=cases,
            steps=self.steps(steps),
        )

    def steps(self, lines: list[Line]) -> tuple[Step, ...]:
        found: list[Step] = []
        while lines:
            line = lines.pop(0)
            match = line.match(
                _STEP, f'a step, `1. s1: fill [textbox "Name"](#e1) with "…"`; {_KNOWN_VERBS}'
            )
            details: list[Line] = []
            while lines and lines[0].text.lstrip().startswith("- "):
                details.append(lines.pop(0))
            found.append(self._step(line, match, details))
        return tuple(found)

    def _step(self, line: Line, match: re.Match[str], details: list[Line]) -> Step:
        target, value, role = match["target"], match["value"], match["role"]
        expect: list[Expectation] = []
        headers: dict[str, str | Secret] = {}
        keep: dict[str, str] = {}
        body, recorded = "", dict[str, str]()
        for detail in details:
            text = detail.text.strip().removeprefix("- ")
            if text.startswith("expect "):
                expect.append(self._expectation(detail, text.removeprefix("expect ")))
            elif (said := _DETAIL.fullmatch(text)) is not None:
                recorded[RECORDED[said["what"]]] = detail.string(said["text"])
            elif match["path"] and (said := _HEADER.fullmatch(text)) is not None:
                headers[detail.string(said["name"])] = _text_or_secret(detail, said)
            elif match["path"] and text.startswith("body "):
                body = detail.string(text.removeprefix("body "))
            elif match["path"] and (said := _KEEP.fullmatch(text)) is not None:
                keep[detail.string(said["name"])] = detail.string(said["pointer"])
            else:
                raise detail.wrong(_KNOWN_REQUEST_DETAILS if match["path"] else _KNOWN_DETAILS)
        request = None
        if match["path"]:
            request = HttpRequest(
                method=line.string(match["method"]),
                path=line.string(match["path"]),
                headers=headers,
                body=body,
                keep=keep,
            )
        return line.checked(
            Step,
            id=line.string(match["id"]),
            action=_VERBS[match["verb"]] if match["verb"] else Action.REQUEST,
            target=self._target(line, target) if target else None,
            value=_text_or_secret(line, match) if value or match["secret"] else None,
            request=request,
            expect=tuple(expect),
            phase=match["phase"] or Phase.ACT,
            as_role=line.string(role) if role else "",
            **recorded,
        )

    def _expectation(self, line: Line, text: str) -> Expectation:
        for kind, pattern in _EXPECTED.items():
            if (match := pattern.fullmatch(text)) is not None:
                said = match.groupdict().items()
                fields = {name: self._field(line, name, text) for name, text in said}
                return cast("Expectation", kind(**fields))
        raise line.wrong(f'`expect …`, then `because "…"`; {_KNOWN_EXPECTATIONS}')

    def _field(self, line: Line, name: str, text: str) -> Any:
        match SHAPES.get(name):
            case shape if shape == _TARGET:
                return self._target(line, text)
            case shape if shape == NUMBER:
                return int(text)
            case shape if shape == _ROW:
                return line.row(text)
            case _:
                return line.string(text)

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

    def _cases(self, lines: list[Line]) -> tuple[Case, ...]:
        if not lines:
            return ()
        (_, *names), _, *rows = map(_cells, [*lines, lines[0]][: max(2, len(lines))])
        found: list[Case] = []
        for line, (name, *values) in zip(lines[2:], rows, strict=True):
            if len(values) != len(names):
                raise line.wrong(f"a row of {1 + len(names)} cells")
            found.append(
                line.checked(Case, name=name, values=dict(zip(names, values, strict=True)))
            )
        return tuple(found)

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


def _text_or_secret(line: Line, match: re.Match[str]) -> str | Secret:
    if match["secret"]:
        return Secret(secret=line.string(match["secret"]))
    return line.string(match["value"])


def _cells(line: Line) -> list[str]:
    match = line.match(_CELLS, "a row of a table, `| … | … |`, with texts in quotes")
    return [line.string(cell.strip()) for cell in match[1].split("|")]


def _pattern(words: str) -> re.Pattern[str]:
    parts = FIELD.split(words)
    for index, name in enumerate(parts):
        parts[index] = f"(?P<{name}>{SHAPES.get(name, STRING)})" if index % 2 else re.escape(name)
    return re.compile("".join(parts) + rf" because (?P<oracle>{STRING})")


_EXPECTED = {kind: _pattern(words) for kind, words in EXPECTATIONS.items()}
_KNOWN_VERBS = f"known are {', '.join(_VERBS)}, {_SEND}"
_KNOWN_EXPECTATIONS = "known are " + ", ".join(EXPECTATIONS.values())
_KNOWN_DETAILS = f'`- expect …` or one of `{"`, `".join(RECORDED)}` and "…"'
_KNOWN_REQUEST_DETAILS = (
    f'{_KNOWN_DETAILS}, `- header "Accept": "…"`, `- body …` or `- keep "/id" as name`'
)
