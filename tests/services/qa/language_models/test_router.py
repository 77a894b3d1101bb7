"""Models are asked over their real wire formats, on loopback."""

from collections.abc import Callable, Generator, Mapping
from typing import Any

import pytest
from pydantic import SecretStr

from argus.kernel.cache import Cache
from argus.kernel.db.listen import Listener
from argus.kernel.ids import OrganizationId, new_id
from argus.kernel.schema import Value
from argus.services.qa.language_models.budget import Budget
from argus.services.qa.language_models.question import Question
from argus.services.qa.language_models.router import (
    FAILURES,
    REST_S,
    ModelRouter,
    RunAdvisor,
)
from argus.services.qa.language_models.settings import Access, ModelSettings, Provider, Strategy
from argus.services.qa.outcome import Cost
from support.model_server import (
    INPUT_TOKENS,
    OUTPUT_TOKENS,
    Asked,
    Broken,
    ModelServer,
    Reply,
    model_server,
)
from support.stopwatch import Stopwatch


class Colour(Value):
    """What colour it is."""

    colour: str


BLUE = {"colour": "blue"}


def question(thing: str = "sky") -> Question[Colour]:
    return Question("colour", "Name the colour.", {"thing": thing}, Colour)


class Reached:
    """A router, with what it told and what the stopwatch shows."""

    def __init__(self, settings: ModelSettings, limit_usd: float = 1.0) -> None:
        self.stopwatch = Stopwatch()
        listener = Listener(None, [])  # type: ignore[arg-type] - it never runs
        answers = Cache[str]("answers", listener, None, fresh_s=86_400)
        self.router = ModelRouter(settings, answers, self.stopwatch)
        self.budget = Budget(limit_usd, Cost(model_calls=0, usd=0))
        self.told: list[Mapping[str, Any]] = []
        self.advisor = RunAdvisor(self.router, OrganizationId(new_id()), self.budget, self._tell)

    async def _tell(self, kind: str, data: Mapping[str, object]) -> None:
        assert kind == "model_asked"
        self.told.append(data)


@pytest.fixture
def served() -> Generator[Callable[[Callable[[Asked], Reply]], ModelServer]]:
    opened: list[Any] = []

    def start(reply: Callable[[Asked], Reply]) -> ModelServer:
        opened.append(model_server(reply))
        return opened[-1].__enter__()

    yield start
    for each in opened:
        each.__exit__(None, None, None)


def settings(url: str, *providers: Provider, **changes: Any) -> ModelSettings:
    access: dict[str, Any] = {
        each.value: Access(
            api_key=SecretStr(f"key-of-{each}"),
            url=url if each in (Provider.ANTHROPIC, Provider.GOOGLE) else f"{url}/v1",
            model="tiny",
        )
        for each in providers
    }
    return ModelSettings(**(access | changes))


@pytest.mark.parametrize("provider", list(Provider))
async def test_each_provider_is_asked_in_its_own_words(
    served: Callable[..., ModelServer], provider: Provider
) -> None:
    server = served(lambda _: BLUE)
    reached = Reached(settings(server.url, provider))
    assert await reached.advisor.ask(question()) == Colour(colour="blue")
    (asked,) = server.asked
    known = (Provider.ANTHROPIC, Provider.GOOGLE)
    assert asked.wire == (provider.value if provider in known else "openai")
    assert asked.key == f"key-of-{provider}"
    assert asked.material == {"thing": "sky"}
    assert "Name the colour." in asked.system
    assert "never instructs you" in asked.system
    assert list(asked.form["properties"]) == ["colour"]
    (told,) = reached.told
    tokens = (told["input_tokens"], told["output_tokens"])
    assert tokens == (INPUT_TOKENS, OUTPUT_TOKENS)
    assert (told["usd"] == 0) == (provider is Provider.LOCAL)
    assert reached.budget.spent == Cost(model_calls=1, usd=told["usd"])


async def test_without_a_key_nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "of another program")
    reached = Reached(ModelSettings())
    assert await reached.advisor.ask(question()) is None
    assert reached.budget.spent == Cost(model_calls=0, usd=0)


@pytest.mark.parametrize(
    "broken",
    [
        Broken(status=500, body="{}"),
        Broken(status=429, body='{"error": {"message": "slow down"}}'),
        Broken(status=401, body='{"error": {"message": "who?"}}'),
        Broken(body="<html>proxy</html>"),
        Broken(body="{}"),
        Broken(refuses=True),
        {"color": 7},
    ],
)
@pytest.mark.parametrize("first", [Provider.ANTHROPIC, Provider.OPENAI, Provider.GOOGLE])
async def test_what_one_model_fails_at_the_next_one_answers(
    served: Callable[..., ModelServer], first: Provider, broken: Reply
) -> None:
    server = served(lambda asked: BLUE if asked.model == "tiny" else broken)
    reached = Reached(settings(server.url, first, Provider.LOCAL))
    assert await reached.advisor.ask(question()) == Colour(colour="blue")
    failed, answered = reached.told[0], reached.told[-1]
    assert failed["failed"]
    assert failed["usd"] > 0, "its provider may charge it"
    assert "failed" not in answered


async def test_a_model_that_says_nothing_is_waited_for_so_long_and_paid(
    served: Callable[..., ModelServer],
) -> None:
    server = served(lambda _: Broken(silent=True))
    reached = Reached(
        settings(server.url, Provider.OPENAI, timeout_s=0.2, strategy=Strategy.QUALITY_FIRST)
    )
    assert await reached.advisor.ask(question()) is None
    (told,) = reached.told
    assert told["failed"] == "no answer within 0.2 s"
    assert reached.budget.spent == Cost(model_calls=1, usd=told["usd"])
    assert told["usd"] > 0


async def test_the_same_question_is_paid_once(served: Callable[..., ModelServer]) -> None:
    server = served(lambda _: BLUE)
    reached = Reached(settings(server.url, Provider.OPENAI))
    for _ in range(2):
        assert await reached.advisor.ask(question()) == Colour(colour="blue")
    assert await reached.advisor.ask(question("sea")) == Colour(colour="blue")
    assert len(server.asked) == len(reached.told) == 2


async def test_no_call_is_made_that_might_exceed_the_budget(
    served: Callable[..., ModelServer],
) -> None:
    server = served(lambda _: BLUE)
    reached = Reached(settings(server.url, Provider.ANTHROPIC), limit_usd=0.001)
    assert await reached.advisor.ask(question()) is None
    assert server.asked == []
    assert reached.budget.spent.usd == 0


async def test_a_model_that_keeps_failing_rests(served: Callable[..., ModelServer]) -> None:
    server = served(lambda asked: BLUE if asked.wire == "openai" else Broken(status=500, body="{}"))
    reached = Reached(settings(server.url, Provider.ANTHROPIC, Provider.OPENAI))
    models = len({each.model for each in reached.router.candidates if "claude" in each.model})
    for number in range(FAILURES + 2):
        assert await reached.advisor.ask(question(str(number))) is not None
    assert server.tasks("anthropic") <= FAILURES * models
    before = server.tasks("anthropic")
    reached.stopwatch.s += REST_S
    await reached.advisor.ask(question("later"))
    assert server.tasks("anthropic") > before


@pytest.mark.parametrize("strategy", list(Strategy))
def test_every_model_of_a_strategy_has_a_price(strategy: Strategy) -> None:
    everybody = settings("http://127.0.0.1:9", *Provider, strategy=strategy)
    router = Reached(everybody).router
    assert router.candidates
    for candidate in router.candidates:
        assert (candidate.usd(1000, 1000) > 0) == (candidate.provider is not Provider.LOCAL)
