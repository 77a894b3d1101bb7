import json
from pathlib import Path
from xml.etree.ElementTree import fromstring

from argus.services.qa.agent import Expense
from argus.services.qa.outcome import Evidence, RunReport
from argus.services.qa.reports.timeline import Timeline
from argus.services.qa.reports.write import is_screenshot, write_report
from services.qa.reports.samples import FAILED, FAILING, draw_screenshot, report_of, timeline_of

CONTRACT = {
    "": "schema run_id app_url status seed discovery tests findings cost report",
    "discovery": "pages states actions forms duration_s",
    "tests": "id name flow status category steps duration_ms heals evidence",
    "heals": "step before after score margin proven",
    "evidence": "kind message url screenshot",
    "findings": "kind severity url message evidence",
    "cost": "model_calls usd",
}


def keys_by_place(value: object, place: str = "") -> dict[str, set[str]]:
    """The keys of the objects at each place, named after the key that leads there."""
    found: dict[str, set[str]] = {}
    if isinstance(value, dict):
        found[place] = {" ".join(value)}
        for key, inner in value.items():
            for where, keys in keys_by_place(inner, key).items():
                found[where] = found.get(where, set()) | keys
    elif isinstance(value, list):
        for inner in value:
            for where, keys in keys_by_place(inner, place).items():
                found[where] = found.get(where, set()) | keys
    return found


def test_the_json_has_exactly_the_contract_s_keys_in_its_order(tmp_path: Path) -> None:
    write_report(FAILING, timeline_of(FAILING), tmp_path)
    written = json.loads((tmp_path / "report.json").read_text())
    assert keys_by_place(written) == {place: {keys} for place, keys in CONTRACT.items()}
    assert written["schema"] == 1
    assert written["status"] == "failed"
    assert [test["status"] for test in written["tests"]][:3] == [
        "passed",
        "failed",
        "passed_healed",
    ]
    assert written["tests"][0]["category"] is None
    assert written["tests"][1]["category"] == "product_bug"


def test_the_page_says_what_each_agent_cost(tmp_path: Path) -> None:
    spent = Expense(agent="SelfHealer", seconds=1.25, model_calls=2, usd=0.0031)
    report = FAILING.model_copy(update={"expenses": (spent,)})
    page = write_report(report, timeline_of(FAILING), tmp_path).read_text()
    row = "<td>SelfHealer</td><td>1.2 s</td><td>2</td><td>$0.0031</td>"
    assert row in page
    assert "expenses" not in report.contract()


def test_the_json_can_be_read_back() -> None:
    read = RunReport.model_validate(FAILING.contract())
    assert read.contract() == FAILING.contract()


def test_what_no_encoding_holds_does_not_stop_the_report(tmp_path: Path) -> None:
    odd = "half a pair \ud83d, a bell \x07, a zero \0, and <&>'\"]]>"
    evidence = (Evidence.model_construct(kind=odd, message=odd, url=odd, screenshot=odd),)
    report = report_of(FAILED.model_copy(update={"name": odd, "evidence": evidence}))
    write_report(report, Timeline(), tmp_path)
    assert json.loads((tmp_path / "report.json").read_text())["tests"][0]["name"] == odd
    case = fromstring((tmp_path / "junit.xml").read_bytes()).find(".//testcase")  # noqa: S314
    assert case is not None
    assert case.get("name", "").endswith("and <&>'\"]]>")
    assert "half a pair" in (tmp_path / "index.html").read_text()


def test_only_pictures_inside_the_folder_are_shown(tmp_path: Path) -> None:
    folder = tmp_path / "report"
    (folder / "shots").mkdir(parents=True)
    draw_screenshot(folder / "shots" / "one.png")
    draw_screenshot(tmp_path / "outside.png")
    (folder / "notes.txt").write_text("no picture")
    assert is_screenshot(folder, "shots/one.png")
    outside = ("../outside.png", str(tmp_path / "outside.png"), "notes.txt", "shots", "", "a\0.png")
    assert not any(is_screenshot(folder, path) for path in outside)
