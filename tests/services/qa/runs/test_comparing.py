import orjson
import pytest
from psycopg.types.json import Jsonb

from argus.kernel.ids import parse_id
from argus.kernel.objects import FolderObjects
from argus.services.qa.discovery.api import ApiCatalogue
from argus.services.qa.runs.service import SITE, artifacts_of
from services.qa.reports.samples import passed, report_of
from support.runs import Runs


async def ended(runs: Runs, answer: dict[str, object] | None, lcp_ms: int = 300) -> str:
    """A run that saw its API answer so, or saw none; its page was painted after that time."""
    run_id = await runs.start()
    runs.platform.owner_connection.execute(
        "update qa.run set report = %s where id = %s",
        [Jsonb(report_of(passed(1)).contract()), parse_id("run", run_id)],
    )
    if answer is not None:
        catalogue = ApiCatalogue("http://shop.test")
        catalogue.add("GET", "http://shop.test/orders/7", 200, ..., answer)
        seen = [operation.model_dump(mode="json") for operation in catalogue.operations]
        objects = runs.platform.modules["qa"].resources.get(FolderObjects)
        key = f"{artifacts_of(parse_id('run', run_id))}/{SITE}"
        page = {"url_template": "/orders", "vitals": {"lcp_ms": lcp_ms, "cls": 0, "inp_ms": 0}}
        unloaded = {"url_template": "/orders/new", "vitals": None}
        objects.put(key, orjson.dumps({"api": seen, "pages": [page, unloaded]}))
    return run_id


@pytest.mark.operation("compare_runs")
async def test_two_runs_tell_how_the_api_changed_between_them(runs: Runs) -> None:
    before = await ended(runs, {"id": 7, "total": 30})
    after = await ended(runs, {"id": 7, "sum": 30}, lcp_ms=900)
    silent = await ended(runs, None)
    found = (await runs.get(f"/api/v1/qa/runs/{before}/compare/{after}")).json()
    assert [
        (each["operation"], each["where"], each["breaking"]) for each in found["api_changes"]
    ] == [
        ("GET /orders/{id}", "200 /total", True),
        ("GET /orders/{id}", "200 /sum", False),
    ]
    [slower] = found["vitals"]
    assert (slower["page"], slower["before"]["lcp_ms"], slower["after"]["lcp_ms"]) == (
        "/orders",
        300,
        900,
    )
    found = (await runs.get(f"/api/v1/qa/runs/{before}/compare/{silent}")).json()
    assert found["vitals"] == []
    assert found["api_changes"] is None
