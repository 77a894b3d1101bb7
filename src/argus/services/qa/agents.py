"""The agents of a run, and what they cost it."""

from collections.abc import Iterable, Mapping
from typing import Any

from argus.services.qa.agent import Agent, Expense
from argus.services.qa.api.agent import APITester
from argus.services.qa.code.leads import CodeAnalyzer
from argus.services.qa.database.agent import DBTester
from argus.services.qa.discovery.explore import AutoDiscovery
from argus.services.qa.judging import SelfHealer, UITester
from argus.services.qa.oracles.accessibility import AccessibilityChecker
from argus.services.qa.oracles.transport import SecurityScanner
from argus.services.qa.oracles.visual import VisualAI
from argus.services.qa.oracles.vitals import PerformanceAnalyzer
from argus.services.qa.planning.impact import TestImpact
from argus.services.qa.planning.planner import TestPlanner
from argus.services.qa.planning.wishes import NLTestCreator
from argus.services.qa.reports.write import Reporter
from argus.services.qa.triage.causes import RootCause
from argus.services.qa.triage.flakiness import FlakyDetector

AGENTS: tuple[type[Agent[Any, Any]], ...] = (
    CodeAnalyzer,
    AutoDiscovery,
    AccessibilityChecker,
    PerformanceAnalyzer,
    SecurityScanner,
    VisualAI,
    TestPlanner,
    NLTestCreator,
    TestImpact,
    UITester,
    APITester,
    DBTester,
    SelfHealer,
    FlakyDetector,
    RootCause,
    Reporter,
)


def expenses(
    seconds: Mapping[str, float], asked: Iterable[tuple[str, float]]
) -> tuple[Expense, ...]:
    """What each agent that worked cost, the longest at work first.

    `seconds` are those of the ledger, `asked` the kinds of question to language models, with what
    each cost; a question belongs to the agent that may ask it.
    """
    by_task = {task: agent.name for agent in AGENTS for task in agent.asks}
    bills: dict[str, list[float]] = {name: [] for name in seconds}
    for task, usd in asked:
        bills.setdefault(by_task[task], []).append(usd)
    found = [
        Expense(
            agent=name,
            seconds=round(seconds.get(name, 0.0), 3),
            model_calls=len(paid),
            usd=round(sum(paid), 6),
        )
        for name, paid in bills.items()
    ]
    return tuple(sorted(found, key=lambda each: (-each.seconds, each.agent)))
