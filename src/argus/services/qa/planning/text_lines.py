"""The lines of a plan, which know where they stand, and its sections."""

import json
import re
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import ValidationError as Invalid

from argus.kernel.errors import ArgusError
from argus.kernel.schema import Value


class PlanInvalid(ArgusError):
    """The text is not a test plan; the message names the line and says what is expected there.

    Mend that line. A plan is written by `argus qa plan URL --out plan.md`; texts stand in double
    quotes, with backslashes as in JSON, and an element `[button "Save"](#e1)` is described under
    `## Elements`.
    """

    code, status, title = "qa.plan.invalid", 422, "Not a test plan"


V = TypeVar("V", bound=Value)

STRING = r'"(?:[^"\\]|\\.)*"'
WORD = rf"(?:[\w.-]+|{STRING})"
NUMBER = r"-?\d+"


@dataclass(frozen=True)
class Line:
    """A line of the plan, which knows where it stands."""

    number: int
    text: str

    def wrong(self, expected: str) -> PlanInvalid:
        """The error that says what is expected in place of this line."""
        shown = self.text.strip()[:80] or "nothing"
        return PlanInvalid(f"line {self.number}: expected {expected}, found: {shown}")

    def match(self, pattern: re.Pattern[str], expected: str) -> re.Match[str]:
        """The line as a match; raises PlanInvalid."""
        found = pattern.fullmatch(self.text.strip())
        if found is None:
            raise self.wrong(expected)
        return found

    def string(self, text: str) -> str:
        """A text in quotes, or a word without."""
        try:
            read = json.loads(text) if text.startswith('"') else text
        except ValueError:
            raise self.wrong("a text in double quotes, written as in JSON") from None
        if not isinstance(read, str):
            raise self.wrong("a text in double quotes")
        return read

    def row(self, text: str) -> tuple[str | None, ...]:
        """Texts in quotes, or `null`, between brackets."""
        try:
            return tuple(json.loads(text))
        except ValueError:
            raise self.wrong("texts in double quotes, written as in JSON") from None

    def checked(self, model: type[V], /, **fields: Any) -> V:
        """A value of the suite; what it cannot hold is this line's fault."""
        try:
            return model.model_validate(fields)
        except Invalid as error:
            first = error.errors(include_url=False)[0]
            at = "/".join(str(part) for part in first["loc"])
            why = first["msg"].removeprefix("Value error, ")
            raise self.wrong(f"another {at} ({why})" if at else f"something else ({why})") from None


@dataclass(frozen=True)
class Fact:
    """What a line `- name: value` says."""

    line: Line
    text: str

    def string(self) -> str:
        if not re.fullmatch(WORD, self.text):
            raise self.line.wrong("a text in double quotes")
        return self.line.string(self.text)

    def number(self) -> int:
        if not re.fullmatch(NUMBER, self.text):
            raise self.line.wrong("a whole number")
        return int(self.text)


class Section:
    """A heading and the lines below it that are not blank, read from the top."""

    def __init__(self, heading: Line, title: str) -> None:
        self.heading, self.title = heading, title
        self.lines: list[Line] = []

    def facts(self, *names: str) -> dict[str, Fact]:
        """The lines `- name: value` that the section begins with, in this order."""
        found: dict[str, Fact] = {}
        for name in names:
            line = self.lines.pop(0) if self.lines else self.heading
            match = line.match(re.compile(rf"- {name}: (.+)"), f"`- {name}: …`")
            found[name] = Fact(line, match[1])
        return found

    def rest(self) -> list[Line]:
        taken, self.lines = self.lines, []
        return taken

    def below(self, heading: str) -> list[Line] | None:
        """The lines below a heading of the third level, if it comes next; they are taken out."""
        if not self.lines or self.lines[0].text.strip() != f"### {heading}":
            return None
        count = next(
            (n for n, line in enumerate(self.lines) if n and line.text.startswith("### ")),
            len(self.lines),
        )
        taken, self.lines = self.lines[1:count], self.lines[count:]
        return taken


def sections_of(text: str) -> list[Section]:
    """The text's sections, of which the first is its head; blank lines count for nothing.

    Raises:
        PlanInvalid: it does not begin as a plan does.
    """
    lines = [Line(number, line) for number, line in enumerate(text.split("\n"), start=1)]
    lines = [line for line in lines if line.text.strip()]
    if not lines or lines[0].text.strip() != "# Test plan":
        raise (lines[0] if lines else Line(1, "")).wrong("`# Test plan`")
    sections = [Section(lines[0], "")]
    for line in lines[1:]:
        if line.text.startswith("## "):
            sections.append(Section(line, line.text[3:].strip()))
        else:
            sections[-1].lines.append(line)
    return sections
