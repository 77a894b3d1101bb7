"""From the surfaces of a repository to the leads that steer a run."""

from collections.abc import Iterable

from argus.services.qa.code.surface import Framework, RankedSurface, Surface, SurfaceKind
from argus.services.qa.discovery.safety import may_click, may_follow
from argus.services.qa.leads import COMPUTED, Lead, Leads

_READS = frozenset({"GET", ""})


def leads_of(surfaces: Iterable[RankedSurface]) -> Leads:
    """One lead for each path that a route or form of the code has; of several the most weighty."""
    known = [each for each in surfaces if each.surface.path]
    most_commits = max((each.commits for each in known), default=0) or 1
    leads: dict[str, Lead] = {}
    for each in known:
        surface = each.surface
        path = surface.path.rstrip("/") or "/"
        new = Lead(
            path=surface.path,
            priority=each.priority,
            churn=round(each.commits / most_commits, 4),
            page=_is_page(surface),
        )
        old = leads.get(path, new)
        leads[path] = Lead(
            path=new.path if new.page else old.path,
            priority=max(old.priority, new.priority),
            churn=max(old.churn, new.churn),
            page=old.page or new.page,
        )
    ranked = sorted(leads.values(), key=lambda lead: (-lead.priority, lead.path))
    return Leads(leads=tuple(ranked))


def _is_page(surface: Surface) -> bool:
    if surface.kind is not SurfaceKind.ROUTE or COMPUTED.search(surface.path):
        return False
    if not may_follow(surface.path, "", ""):
        return False
    if surface.framework is Framework.DJANGO and surface.method:
        return True  # a view that takes a form also shows it
    unknown = not surface.method
    return surface.method in _READS and (not unknown or may_click(surface.path, ""))
