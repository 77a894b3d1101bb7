"""When what happened in a run. All times are milliseconds since the run began."""

from datetime import datetime
from enum import StrEnum

from argus.kernel.schema import Value


class Span(Value):
    """A stretch of the run, such as a phase."""

    label: str
    start_ms: int
    end_ms: int


class StepOutcome(StrEnum):
    """How a step ended."""

    PASSED = "passed"
    HEALED = "healed"
    """Done, on an element that was found anew."""
    FAILED = "failed"


class StepSpan(Span):
    """A step of a test. `screenshot` is a path relative to the report folder, or empty.

    `path` is what the step opens, relative to the application, or empty.
    """

    outcome: StepOutcome
    screenshot: str = ""
    path: str = ""
    cleanup: bool = False


class TestSpan(Value):
    """One test, from its first step to its judgement, reruns and proofs included.

    `lane` is the worker, from 0; tests of one lane do not overlap. `steps` are those of the
    execution that the result is about.
    """

    test: str
    lane: int
    start_ms: int
    end_ms: int
    steps: tuple[StepSpan, ...] = ()


class Timeline(Value):
    """The phases of a run, one after the other, and its tests, side by side."""

    phases: tuple[Span, ...] = ()
    tests: tuple[TestSpan, ...] = ()
    began: datetime | None = None
    """UTC; None when nothing is known."""

    @property
    def end_ms(self) -> int:
        """The end of the last phase or test; 0 when nothing is known."""
        return max((span.end_ms for span in (*self.phases, *self.tests)), default=0)
