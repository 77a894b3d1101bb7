"""A run's events as the timeline of its report."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from argus.services.qa.execution.record import TestRun
from argus.services.qa.ir import Action, Phase, Step, Test
from argus.services.qa.planning.text_words import sentence
from argus.services.qa.reports.timeline import Span, StepOutcome, StepSpan, TestSpan, Timeline
from argus.services.qa.templates import fill_in


@dataclass(frozen=True)
class Happening:
    """An event of the run's journal."""

    type: str
    data: Mapping[str, Any]
    at: datetime


def told_steps(test: Test, run: TestRun) -> list[dict[str, object]]:
    """What the event `test_executed` says of an execution's steps."""
    by_id = {step.id: step for step in test.steps}
    return [
        {
            "label": fill_in(sentence(by_id[outcome.step]), run.values),
            "duration_ms": outcome.duration_ms,
            "ok": outcome.ok,
            "screenshot": outcome.screenshot,
            "path": _opened(by_id[outcome.step], run.values),
            "cleanup": outcome.phase is Phase.CLEANUP,
        }
        for outcome in run.outcomes
    ]


def _opened(step: Step, values: Mapping[str, str]) -> str:
    """The path that the step goes to; empty where it goes nowhere."""
    goes = step.action is Action.GOTO and isinstance(step.value, str)
    return fill_in(str(step.value), values) if goes else ""


def timeline_of(happenings: Iterable[Happening]) -> Timeline:
    """Phases and tests in time, tests on as few lanes as their overlaps need.

    A phase or test that a crash began twice counts from its last beginning.
    """
    began: dict[str, int] = {}
    steps: dict[str, list[Mapping[str, Any]]] = {}
    phases: list[Span] = []
    tests: list[tuple[str, int, int]] = []
    origin: datetime | None = None
    for happening in happenings:
        origin = origin or happening.at
        at_ms = int((happening.at - origin).total_seconds() * 1000)
        data = happening.data
        match happening.type:
            case "phase_started":
                began[data["phase"]] = at_ms
            case "phase_ended":
                start_ms = began.get(data["phase"], 0)
                phases.append(Span(label=data["phase"], start_ms=start_ms, end_ms=at_ms))
            case "test_started":
                began[data["test"]] = at_ms
            case "test_executed":
                steps[data["test"]] = data["steps"]
            case "test_judged":
                tests.append((data["id"], began.get(data["id"], at_ms), at_ms))
            case _:
                pass
    return Timeline(phases=tuple(phases), tests=tuple(_in_lanes(tests, steps)), began=origin)


def _in_lanes(
    tests: list[tuple[str, int, int]], steps: Mapping[str, list[Mapping[str, Any]]]
) -> Iterable[TestSpan]:
    free_at: list[int] = []
    for test, start_ms, end_ms in sorted(tests, key=lambda span: span[1]):
        lane = next((i for i, free_ms in enumerate(free_at) if free_ms <= start_ms), len(free_at))
        free_at[lane : lane + 1] = [end_ms]
        yield TestSpan(
            test=test,
            lane=lane,
            start_ms=start_ms,
            end_ms=end_ms,
            steps=tuple(_spans(steps.get(test, []), start_ms)),
        )


def _spans(steps: Iterable[Mapping[str, Any]], start_ms: int) -> Iterable[StepSpan]:
    for step in steps:
        end_ms = start_ms + step["duration_ms"]
        yield StepSpan(
            label=step["label"],
            start_ms=start_ms,
            end_ms=end_ms,
            outcome=StepOutcome.PASSED if step["ok"] else StepOutcome.FAILED,
            screenshot=step["screenshot"],
            path=step.get("path", ""),
            cleanup=step.get("cleanup", False),
        )
        start_ms = end_ms
