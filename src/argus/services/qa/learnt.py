"""What earlier heals teach about an application: pure functions over targets and suites."""

import hashlib
from collections.abc import Iterable, Mapping
from enum import StrEnum

import orjson

from argus.kernel.schema import Value
from argus.services.qa.expectation import FieldValue
from argus.services.qa.ir import Step, Suite, Test
from argus.services.qa.target import Target


class PatternState(StrEnum):
    """What became of a heal that was proven once."""

    PENDING = "pending"
    """Tried first where its element is lost again; a person is still to approve it."""
    APPROVED = "approved"
    """Stands in the suites of the application."""
    REJECTED = "rejected"
    """Never made again."""
    UNLEARNT = "unlearnt"
    """It was tried again, and failed."""


class Pattern(Value):
    """A heal that was proven once: `before` was lost, and `after` was the element."""

    id: str
    state: PatternState
    before: Target
    after: Target
    score: float
    margin: float


class Patterns:
    """The patterns of one application."""

    def __init__(self, patterns: Iterable[Pattern] = ()) -> None:
        live = [each for each in patterns if each.state is not PatternState.UNLEARNT]
        used = [each for each in live if each.state is not PatternState.REJECTED]
        self._by_element = {element_of(each.before): each for each in used}
        self._by_replacement = {element_of(each.after): each for each in used}
        self._rejected = {
            (element_of(each.before), element_of(each.after))
            for each in live
            if each.state is PatternState.REJECTED
        }

    def replacing(self, lost: Target) -> Pattern | None:
        """How the element was found again the last time."""
        return self._by_element.get(element_of(lost))

    def behind(self, lost: Target) -> Pattern | None:
        """The pattern that put this target into the test."""
        return self._by_replacement.get(element_of(lost))

    def rejects(self, lost: Target, found: Target) -> bool:
        """Whether a person has said that it is not the same element."""
        return (element_of(lost), element_of(found)) in self._rejected


def element_of(target: Target) -> str:
    """Names the element by how it is found: equal for all targets that were recorded so."""
    ways = [locator.model_dump(mode="json") for locator in target.locators]
    row = target.row.text if target.row else ""
    name = [target.fingerprint.role, target.fingerprint.name]
    return hashlib.sha256(orjson.dumps([ways, row, name])).hexdigest()


def with_replacements(suite: Suite, after: Mapping[str, Target]) -> Suite:
    """The suite with targets replaced, by what `element_of` says of them.

    Actions, values and expectations stay, and so does an element that a test asserts to be there.
    """
    tests = tuple(_replaced(test, after) for test in suite.tests)
    return suite.model_copy(update={"tests": tests})


def _replaced(test: Test, after: Mapping[str, Target]) -> Test:
    def mended(target: Target) -> Target:
        return after.get(element_of(target), target)

    def step(old: Step) -> Step:
        expect = tuple(
            each.model_copy(update={"target": mended(each.target)})
            if isinstance(each, FieldValue)
            else each
            for each in old.expect
        )
        target = mended(old.target) if old.target else None
        return old.model_copy(update={"target": target, "expect": expect})

    return test.model_copy(update={"steps": tuple(step(each) for each in test.steps)})
