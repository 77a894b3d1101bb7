"""Pieces of steps, and how they are joined into a test."""

import re
from collections.abc import Iterable, Sequence

from argus.kernel.schema import Value
from argus.services.qa.expectation import Expectation
from argus.services.qa.ir import Action, Flow, Phase, Step, Test, Variable
from argus.services.qa.naming import stable_id
from argus.services.qa.planning.priority import priority

Steps = tuple[Step, ...]


class Part(Value):
    """A piece of a test in one phase."""

    name: str
    phase: Phase
    steps: Steps

    def numbered(self) -> Steps:
        return tuple(
            step.model_copy(update={"id": f"{self.name}-{number}", "phase": self.phase})
            for number, step in enumerate(self.steps, start=1)
        )


def renamed(steps: Sequence[Step], old: str, new: str) -> Steps:
    """The steps with `${old}` replaced by `${new}` wherever it stands."""
    before, after = f"${{{old}}}", f"${{{new}}}"
    return tuple(
        Step.model_validate_json(step.model_dump_json().replace(before, after)) for step in steps
    )


def expecting(steps: Steps, *expectations: Expectation) -> Steps:
    """`steps` with the expectations added to the last one; a VERIFY step where there is none."""
    *head, last = steps or (Step(id="", action=Action.VERIFY),)
    return (*head, last.model_copy(update={"expect": (*last.expect, *expectations)}))


def bare(steps: Steps) -> Steps:
    """The steps without expectations."""
    return tuple(step.model_copy(update={"expect": ()}) for step in steps)


def as_role(role: str, steps: Steps) -> Steps:
    """The steps without expectations, what they change asked for by that role."""
    return tuple(step.model_copy(update={"as_role": role}) for step in bare(steps))


def assemble(
    name: str,
    flow: Flow,
    entity: str,
    parts: Iterable[Part],
    variables: dict[str, Variable] | None = None,
    *,
    subject: str = "",
    fan_in: float = 0.0,
) -> Test:
    """A test of named parts; step ids are `<part>-<number>`, variables those the steps mention."""
    steps = tuple(step for part in parts for step in part.numbered())
    mentioned = set(re.findall(r"\$\{(\w+)\}", "".join(step.model_dump_json() for step in steps)))
    return Test(
        id=stable_id(name, entity, flow),
        name=name,
        flow=flow,
        entity=entity,
        priority=priority(flow, subject, fan_in=fan_in),
        variables={k: v for k, v in (variables or {}).items() if k in mentioned},
        steps=steps,
    )
