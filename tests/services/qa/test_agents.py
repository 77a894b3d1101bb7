"""Who works in a run, and what each costs it."""

import asyncio
import re
from importlib.resources import files
from pathlib import Path
from typing import ClassVar

import pytest

from argus.services.qa.agent import Agent, Expense, Ledger
from argus.services.qa.agents import AGENTS, expenses


def test_each_agent_has_a_name_of_its_own_and_says_what_it_does() -> None:
    assert len({agent.name for agent in AGENTS}) == len(AGENTS) == 16
    for agent in AGENTS:
        assert (agent.name, agent.__module__.split(".")[2]) == (agent.__name__, "qa")
        assert agent.__doc__
        assert agent.work.__annotations__.keys() == {"given", "budget_s", "return"}


def test_each_question_to_a_language_model_is_charged_to_one_agent() -> None:
    source = Path(str(files("argus.services.qa")))
    asked = {
        task
        for file in source.rglob("*.py")
        for task in re.findall(r'^\s+task="(\w+)"', file.read_text("utf-8"), re.MULTILINE)
    }
    asking = [task for agent in AGENTS for task in agent.asks]
    assert sorted(asking) == sorted(asked)


def test_an_agent_costs_its_time_and_what_it_asked() -> None:
    seconds = {"Reporter": 0.25, "SelfHealer": 3.0, "TestPlanner": 9.5}
    asked = [("name_tests", 0.002), ("field_patterns", 0.001), ("explain_failure", 0.01)]
    assert expenses(seconds, asked) == (
        Expense(agent="TestPlanner", seconds=9.5, model_calls=2, usd=0.003),
        Expense(agent="SelfHealer", seconds=3.0, model_calls=0, usd=0),
        Expense(agent="Reporter", seconds=0.25, model_calls=0, usd=0),
        Expense(agent="RootCause", seconds=0, model_calls=1, usd=0.01),
    ), "an explanation that an earlier execution paid for is still paid"


class Failing(Agent[float, None]):
    """Fails after its first wait."""

    name: ClassVar[str] = "Failing"

    async def work(self, given: float, budget_s: float) -> None:
        await asyncio.sleep(min(given, budget_s))
        raise ValueError("gone")


async def test_the_time_of_an_agent_that_fails_counts() -> None:
    ledger = Ledger()
    with pytest.raises(ValueError, match="gone"):
        await ledger.charge(Failing(), 0, 1)
    assert ledger.seconds.keys() == {"Failing"}
