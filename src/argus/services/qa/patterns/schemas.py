"""What the API takes and gives for heals and their approval."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from argus.kernel import schema
from argus.kernel.ids import public_id
from argus.services.qa.learnt import PatternState

PublicHealId = Annotated[UUID, public_id("heal")]
PublicRunId = Annotated[UUID, public_id("run")]

Share = Annotated[float, Field(ge=0, le=1)]

DEFAULT_LEAST_SCORE, DEFAULT_LEAST_MARGIN = 0.5, 0.05


class HealView(schema.Response):
    """A heal that was proven: `was` found an element, `becomes` finds it now.

    `score` (0 to 1) says how alike the two are, `margin` how far ahead of the next candidate it
    was; both are of the run that proved it. `before` and `after` are targets as in a suite, with
    the fingerprints that were compared.
    """

    id: PublicHealId
    state: PatternState
    app: str
    was: str
    becomes: str
    score: float
    margin: float
    reasons: list[str]
    run_id: PublicRunId
    test_id: str
    step: str
    uses: int
    """In how many tests it was proven."""
    decided_by: str
    created_at: datetime
    last_used_at: datetime
    decided_at: datetime | None
    before: dict[str, Any]
    after: dict[str, Any]


class HealPage(schema.Response):
    """Newest first; `next_cursor` is null on the last page."""

    items: list[HealView]
    next_cursor: str | None


class HealingPolicyView(schema.Response):
    """A proven heal that reaches both is approved at once; any other waits for a person.

    `changed_by` is empty where the organization has none of its own.
    """

    least_score: float
    least_margin: float
    changed_by: str
    changed_at: datetime | None


class ChangeHealingPolicy(schema.Request):
    """Both from 0 to 1. A `least_score` of 1 lets hardly any heal through without a person."""

    least_score: Share
    least_margin: Share
