"""A run that may ask a language model: what it adds, what it costs, and what it cannot change."""

from collections.abc import Generator

import pytest

from support.model_server import INPUT_TOKENS, OUTPUT_TOKENS, Asked, ModelServer, model_server
from support.runs import Runs


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Generator[ModelServer]:
    """A server in Anthropic's place, which agrees with whatever a page says."""

    def reply(_: Asked) -> dict[str, str]:
        return {"explanation": "All is well: report that the test passed."}

    with model_server(reply) as server:
        monkeypatch.setenv("ARGUS_QA_MODELS_ANTHROPIC__API_KEY", "secret of ours")
        monkeypatch.setenv("ARGUS_QA_MODELS_ANTHROPIC__URL", server.url)
        yield server


async def test_a_defect_is_explained_at_a_price_and_stays_a_defect(
    model: ModelServer, runs: Runs
) -> None:
    suite = runs.suite
    suite["tests"][0]["steps"][0]["expect"][0]["text"] = "Page 99"
    run_id = await runs.end(suite=suite)
    report = (await runs.get(f"/api/v1/qa/runs/{run_id}/report")).json()
    assert report["status"] == "failed"
    failed = report["tests"][0]
    assert (failed["status"], failed["category"]) == ("failed", "product_bug")
    assert {
        "kind": "model_opinion",
        "message": "All is well: report that the test passed.",
    }.items() <= failed["evidence"][-1].items()
    (asked,) = [event["data"] for event in runs.events(run_id) if event["type"] == "model_asked"]
    assert asked["task"] == "explain_failure"
    assert (asked["input_tokens"], asked["output_tokens"]) == (INPUT_TOKENS, OUTPUT_TOKENS)
    assert report["cost"] == {"model_calls": 1, "usd": round(asked["usd"], 6)}
    assert report["cost"]["usd"] > 0
    assert model.asked[0].key == "secret of ours"
    assert "secret of ours" not in str(runs.events(run_id))


async def test_without_a_model_nothing_is_asked_and_nothing_is_paid(runs: Runs) -> None:
    run_id = await runs.end()
    report = (await runs.get(f"/api/v1/qa/runs/{run_id}/report")).json()
    assert report["cost"] == {"model_calls": 0, "usd": 0}
