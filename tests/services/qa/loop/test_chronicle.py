from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from argus.services.qa.execution.record import StepOutcome as StepDone
from argus.services.qa.execution.record import TestRun
from argus.services.qa.ir import Action, Flow, Phase, Step, Test
from argus.services.qa.loop.chronicle import Happening, timeline_of, told_steps
from argus.services.qa.reports.timeline import Span, StepOutcome, StepSpan, TestSpan, Timeline

BEGIN = datetime(2030, 1, 1, tzinfo=UTC)

Told = tuple[int, str, dict[str, Any]]
"""Milliseconds since the beginning, type and data of an event."""


def timeline(*told: Told) -> Timeline:
    return timeline_of(
        Happening(type_, data, BEGIN + timedelta(milliseconds=at_ms)) for at_ms, type_, data in told
    )


def started(at_ms: int, test: str) -> Told:
    return at_ms, "test_started", {"test": test, "name": test}


def judged(at_ms: int, test: str) -> Told:
    return at_ms, "test_judged", {"id": test, "status": "passed"}


def lanes(*told: Told) -> dict[str, tuple[int, int, int]]:
    """Lane, start and end of each test."""
    return {span.test: (span.lane, span.start_ms, span.end_ms) for span in timeline(*told).tests}


def test_nothing_happened_in_a_run_without_events() -> None:
    assert timeline() == Timeline()


def test_phases_stand_in_the_order_in_which_they_ended() -> None:
    found = timeline(
        (0, "phase_started", {"phase": "discover"}),
        (40, "page_found", {"url": "/"}),
        (100, "phase_ended", {"phase": "discover", "pages": 3}),
        (110, "phase_started", {"phase": "plan_tests"}),
        (300, "phase_ended", {"phase": "plan_tests", "tests": 2}),
    )
    assert found.phases == (
        Span(label="discover", start_ms=0, end_ms=100),
        Span(label="plan_tests", start_ms=110, end_ms=300),
    )
    assert found.end_ms == 300
    assert found.began == BEGIN


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        pytest.param(
            [started(0, "a"), judged(10, "a"), started(10, "b"), judged(20, "b")],
            {"a": (0, 0, 10), "b": (0, 10, 20)},
            id="one after the other share a lane",
        ),
        pytest.param(
            [started(0, "a"), started(5, "b"), judged(10, "a"), judged(20, "b")],
            {"a": (0, 0, 10), "b": (1, 5, 20)},
            id="those that overlap do not",
        ),
        pytest.param(
            [
                started(0, "a"),
                started(1, "b"),
                judged(10, "b"),
                started(12, "c"),
                judged(15, "c"),
                judged(30, "a"),
            ],
            {"a": (0, 0, 30), "b": (1, 1, 10), "c": (1, 12, 15)},
            id="a lane that is free again is used again",
        ),
        pytest.param(
            [started(0, "a"), started(50, "a"), judged(60, "a")],
            {"a": (0, 50, 60)},
            id="what a crash began twice counts from its last beginning",
        ),
        pytest.param(
            [(0, "phase_started", {"phase": "test"}), judged(7, "skipped")],
            {"skipped": (0, 7, 7)},
            id="a test that was never begun takes no time",
        ),
        pytest.param([started(0, "a")], {}, id="a test that was not judged is not on the timeline"),
    ],
)
def test_tests_are_laid_on_lanes(
    told: list[Told], expected: dict[str, tuple[int, int, int]]
) -> None:
    assert lanes(*told) == expected


def test_a_step_tells_what_it_opens_and_whether_it_only_cleans_up() -> None:
    goto = Step(id="s1", action=Action.GOTO, value="/notes/${title}")
    clean = Step(id="c1", action=Action.RELOAD, phase=Phase.CLEANUP)
    test = Test(id="t", name="T", flow=Flow.READ, steps=(goto, clean))
    outcomes = tuple(StepDone(step=step.id, phase=step.phase) for step in test.steps)
    values = {"title": "milk"}
    run = TestRun(test="t", nonce="n", values=values, outcomes=outcomes, duration_ms=1)
    [executed] = timeline(
        started(0, "t"),
        (5, "test_executed", {"test": "t", "steps": told_steps(test, run)}),
        judged(9, "t"),
    ).tests
    assert [(step.label, step.path, step.cleanup) for step in executed.steps] == [
        ('go to "/notes/milk"', "/notes/milk", False),
        ("reload", "", True),
    ]


def test_a_tests_steps_follow_each_other_and_are_those_of_its_last_execution() -> None:
    def step(label: str, duration_ms: int, *, ok: bool, screenshot: str = "") -> dict[str, Any]:
        return {"label": label, "duration_ms": duration_ms, "ok": ok, "screenshot": screenshot}

    [test] = timeline(
        started(0, "a"),
        (30, "test_executed", {"test": "a", "steps": [step("old", 9, ok=True)]}),
        started(100, "a"),
        (
            150,
            "test_executed",
            {"test": "a", "steps": [step("goto /", 20, ok=True), step("click Save", 5, ok=False)]},
        ),
        judged(160, "a"),
    ).tests
    assert test == TestSpan(
        test="a",
        lane=0,
        start_ms=100,
        end_ms=160,
        steps=(
            StepSpan(label="goto /", start_ms=100, end_ms=120, outcome=StepOutcome.PASSED),
            StepSpan(label="click Save", start_ms=120, end_ms=125, outcome=StepOutcome.FAILED),
        ),
    )
