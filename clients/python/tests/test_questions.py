"""Questions that are asked at one time go together, without sharing what must not be shared."""

from collections.abc import Callable
from typing import Any

import pytest

from argus_client import PlatformRefused, Proof, Unavailable
from argus_client.questions import MAX_BATCH, Question, Questions

Told = list[dict[str, Any]]
REFUSED = {"active": False, "reason": "unknown", "principal": None, "expires_at": None}


class Asking:
    """Questions whose requests a test sends when it wants to, in its own thread."""

    def __init__(
        self, answer: Callable[[Told], Told] = lambda asked: [REFUSED] * len(asked)
    ) -> None:
        self.sent: list[Told] = []
        self.version = 1
        self._answer, self._started = answer, list[Callable[[], None]]()
        self.questions = Questions(self._send, self._started.append, lambda: self.version)

    def _send(self, asked: Told) -> Told:
        self.sent.append(asked)
        return self._answer(asked)

    def send(self) -> None:
        for run in self._started:
            run()
        self._started.clear()


def key(number: int = 0) -> Question:
    return Question(f"argus_sk_{number}", "")


def test_who_asks_the_same_gets_the_same_answer() -> None:
    asking = Asking()
    first, second = asking.questions.ask(key()), asking.questions.ask(key())
    asking.send()
    assert first is second
    assert first.result().reason == "unknown"
    assert [len(each) for each in asking.sent] == [1]
    assert asking.questions.ask(key()) is not first


def test_who_asks_while_it_is_on_its_way_does_so_too() -> None:
    joined: list[Any] = []
    asking = Asking(lambda asked: joined.append(asking.questions.ask(key())) or [REFUSED])
    first = asking.questions.ask(key())
    asking.send()
    assert joined == [first]


def test_an_answer_is_as_old_as_its_question() -> None:
    """A revocation that is told while the answer is on its way may be missing in it."""

    def answer(asked: Told) -> Told:
        asking.version = 2
        return [REFUSED] * len(asked)

    asking = Asking(answer)
    first = asking.questions.ask(key())
    asking.send()
    assert first.result().version == 1


def test_a_proof_is_never_shared() -> None:
    """Argus would see it once, and two requests would have it for good: a replay."""
    asking, question = Asking(), Question("token", "", Proof("jwt", "GET", "https://a.example/"))
    first, second = asking.questions.ask(question), asking.questions.ask(question)
    asking.send()
    assert first is not second
    assert len(asking.sent[0]) == 2


def test_many_go_in_batches() -> None:
    asking = Asking()
    futures = [asking.questions.ask(key(number)) for number in range(2 * MAX_BATCH + 1)]
    asking.send()
    assert [len(each) for each in asking.sent] == [MAX_BATCH, MAX_BATCH, 1]
    assert all(future.done() for future in futures)


@pytest.mark.parametrize(
    "answer", [[], [REFUSED, REFUSED], [{}], [None], [{"active": True}]], ids=str
)
def test_an_answer_of_another_form_is_no_answer(answer: Any) -> None:
    asking = Asking(lambda _: answer)
    future = asking.questions.ask(key())
    asking.send()
    with pytest.raises(Unavailable):
        future.result()


def test_a_refusal_reaches_all_who_asked_and_the_next_ask_anew() -> None:
    def refuse(_: Told) -> Told:
        raise PlatformRefused(403, "kernel.access.forbidden", "needs token:validate")

    asking = Asking(refuse)
    futures = [asking.questions.ask(key(number)) for number in range(3)]
    asking.send()
    for future in futures:
        with pytest.raises(PlatformRefused, match="token:validate"):
            future.result()
    asking.questions.ask(key())
    asking.send()
    assert len(asking.sent) == 2


def test_whatever_goes_wrong_nobody_waits_for_ever() -> None:
    def break_down(_: Told) -> Told:
        raise RuntimeError("nobody foresaw this")

    asking = Asking(break_down)
    futures = [asking.questions.ask(key(number)) for number in range(MAX_BATCH + 1)]
    asking.send()
    for future in futures:
        with pytest.raises(Unavailable):
            future.result(timeout=0)


def test_who_asks_when_the_threads_have_ended_is_told() -> None:
    def ended(_: Callable[[], None]) -> None:
        raise RuntimeError("cannot schedule new futures after shutdown")

    questions = Questions(lambda _: [], ended, lambda: 1)
    for _ in range(2):
        with pytest.raises(Unavailable, match="closed"):
            questions.ask(key()).result(timeout=0)
