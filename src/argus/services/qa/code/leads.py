"""From the surfaces of a repository to the leads that steer a run."""

from collections.abc import Sequence
from typing import ClassVar

from argus.services.qa.agent import Agent
from argus.services.qa.code.surface import Framework, RankedSurface, Surface, SurfaceKind
from argus.services.qa.leads import COMPUTED, Lead, Leads
from argus.services.qa.safety import may_click, may_follow

_READS = frozenset({"GET", ""})


class CodeAnalyzer(Agent[Sequence[RankedSurface], Leads]):
    """Makes of what the code offers what a run can use: where to begin, what matters, who answers.

    The surfaces come from whoever has the repository (`analysis.analyze`); the worker reads none.
    """

    name: ClassVar[str] = "CodeAnalyzer"

    async def work(self, given: Sequence[RankedSurface], budget_s: float) -> Leads:  # noqa: ARG002 - takes milliseconds
        """One lead for each path of a route or form; of several surfaces the weightiest counts."""
        known = [each for each in given if each.surface.path]
        most_commits = max((each.commits for each in known), default=0) or 1
        leads: dict[str, Lead] = {}
        for each in known:
            new = _lead(each, most_commits)
            path = new.path.rstrip("/")
            leads[path] = _joined(leads[path], new) if path in leads else new
        ranked = sorted(leads.values(), key=lambda lead: (-lead.priority, lead.path))
        return Leads(leads=tuple(ranked))


def _lead(ranked: RankedSurface, most_commits: int) -> Lead:
    surface = ranked.surface
    where = f"{surface.file}:{surface.line} {surface.handler}".strip()
    return Lead(
        path=surface.path,
        priority=ranked.priority,
        churn=round(ranked.commits / most_commits, 4),
        page=_is_page(surface),
        handlers={surface.method: where} if surface.kind is SurfaceKind.ROUTE else {},
    )


def _joined(old: Lead, new: Lead) -> Lead:
    return Lead(
        path=new.path if new.page else old.path,
        priority=max(old.priority, new.priority),
        churn=max(old.churn, new.churn),
        page=old.page or new.page,
        handlers=new.handlers | old.handlers,
    )


def _is_page(surface: Surface) -> bool:
    """Whether the path can be opened as it is, and opening it is most likely harmless."""
    if surface.kind is not SurfaceKind.ROUTE or COMPUTED.search(surface.path):
        return False
    if not may_follow(surface.path, "", ""):
        return False
    if surface.framework is Framework.DJANGO and surface.method:
        return True  # a view that takes a form also shows it
    unknown = not surface.method
    return surface.method in _READS and (not unknown or may_click(surface.path, ""))
