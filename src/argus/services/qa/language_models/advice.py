"""What the models are asked in a run, and what of their answers counts.

Each function gives back what it was given, or nothing, where there is no answer; each checks the
answer, for the application's own words are in the question, and may have been written to mislead.
"""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from argus.kernel.errors import JsonValue
from argus.kernel.schema import Value
from argus.services.qa.ir import Suite, Test
from argus.services.qa.language_models.advisor import Advisor
from argus.services.qa.language_models.question import Question, plain
from argus.services.qa.outcome import TestResult
from argus.services.qa.target import Fingerprint

_LONGEST_NAME, _LONGEST_EXPLANATION = 80, 600
_TESTS_AT_ONCE = 60

Index = Annotated[int, Field(ge=-1)]


class Name(Value):
    """What a test is to be called."""

    id: str
    name: str


class Names(Value):
    """One name for each test."""

    names: tuple[Name, ...]


class Pick(Value):
    """The index of the candidate that is the lost element; -1 if none is. And the evidence."""

    index: Index
    evidence: str


class Explanation(Value):
    """Why the test failed, in two or three sentences for a developer."""

    explanation: str


async def named(suite: Suite, advisor: Advisor) -> Suite:
    """The suite with names that a person of the application's domain would use.

    Ids, steps and expectations stay. A name that is empty, long, or another test's is not taken.
    """
    found: dict[str, str] = {}
    for start in range(0, len(suite.tests), _TESTS_AT_ONCE):
        some = suite.tests[start : start + _TESTS_AT_ONCE]
        question = Question(
            task="name_tests",
            instructions=(
                "Give each test a short name that says what a user does and what must hold. "
                f"At most {_LONGEST_NAME} characters, no two alike, in the application's words."
            ),
            material={"tests": [_told(test) for test in some]},
            answer=Names,
            max_output_tokens=40 * len(some) + 200,
        )
        answer = await advisor.ask(question)
        found |= {each.id: plain(each.name) for each in answer.names} if answer else {}
    taken = {test.name for test in suite.tests}
    tests: list[Test] = []
    for test in suite.tests:
        name = found.get(test.id, "")
        if 3 <= len(name) <= _LONGEST_NAME and name not in taken:
            taken.add(name)
            tests.append(test.model_copy(update={"name": name}))
        else:
            tests.append(test)
    return suite.model_copy(update={"tests": tuple(tests)})


async def pick(
    lost: Fingerprint, candidates: Sequence[Fingerprint], advisor: Advisor
) -> tuple[int, str] | None:
    """Which of the candidates the lost element most likely is, and the evidence given for it."""
    question = Question(
        task="pick_element",
        instructions=(
            "A test lost an element after the page changed. Give the index of the candidate that "
            "serves the same purpose for the user, or -1 if none does or two do. Prefer -1: a "
            "wrong choice hides a defect. State the evidence in one sentence."
        ),
        material={
            "lost": _described(lost),
            "candidates": [
                {"index": index} | _described(each) for index, each in enumerate(candidates)
            ],
        },
        answer=Pick,
        max_output_tokens=300,
    )
    answer = await advisor.ask(question)
    if answer is None or not 0 <= answer.index < len(candidates):
        return None
    return answer.index, plain(answer.evidence)[:_LONGEST_EXPLANATION]


async def explained(result: TestResult, advisor: Advisor) -> str:
    """What the evidence of a failing test suggests, in prose; it changes no verdict."""
    question = Question(
        task="explain_failure",
        instructions=(
            "A test failed. Explain to a developer what most likely went wrong and where to look "
            "first. Only what the evidence supports; name what it does not show."
        ),
        material={
            "test": result.name,
            "verdict": result.category.value if result.category else "",
            "evidence": [each.model_dump(mode="json") for each in result.evidence],
        },
        answer=Explanation,
        max_output_tokens=400,
    )
    answer = await advisor.ask(question)
    return plain(answer.explanation)[:_LONGEST_EXPLANATION] if answer else ""


def _told(test: Test) -> dict[str, JsonValue]:
    steps: list[JsonValue] = [
        f"{step.action} {step.target.description}" if step.target else step.action.value
        for step in test.steps
    ]
    oracles: list[JsonValue] = [
        *sorted({each.oracle for step in test.steps for each in step.expect})
    ]
    return {"id": test.id, "name": test.name, "steps": steps, "must_hold": oracles}


def _described(element: Fingerprint) -> dict[str, JsonValue]:
    shown = {
        "tag": element.tag,
        "type": element.type,
        "role": element.role,
        "name": element.name,
        "text": element.text,
        "part_of": element.form_label,
        "near": element.neighbor_text,
    }
    stable = {key: element.attributes.get(key, "") for key in ("id", "name", "href", "title")}
    return {
        key: value[:200]
        for key, value in (shown | {f"@{k}": v for k, v in stable.items()}).items()
        if value
    }
