import json

from argus.services.qa.benchmark.api_faults import Compared, figures
from argus.services.qa.benchmark.applications.depot import Depot
from argus.services.qa.benchmark.applications.web import Request, Response

ADA, BOB = (f"Bearer {token}" for token in Depot.users.values())


def ask(depot: Depot, method: str, path: str, who: str = ADA, **part: object) -> Response:
    body = json.dumps(part).encode() if part else b""
    return depot.handle(Request(method, path, authorization=who, body=body))


def life_of_a_part(bug: str) -> list[int]:
    """Statuses of making, changing, reading as another and as nobody, deleting and reading."""
    depot = Depot(bug)
    made = ask(depot, "POST", "/api/parts", name="Nut", amount=3)
    path = f"/api/parts/{json.loads(made.body)['id']}"
    others = [ask(depot, "GET", path, who).status for who in (BOB, "")]
    changed = ask(depot, "PUT", path, name="Nut", amount=0)
    gone = [ask(depot, "DELETE", path).status, ask(depot, "GET", path).status]
    return [made.status, changed.status, *others, *gone]


def test_a_clean_depot_keeps_to_its_description() -> None:
    assert life_of_a_part("") == [201, 200, 404, 401, 204, 404]
    assert ask(Depot(), "POST", "/api/parts", name="", amount=1).status == 400
    assert ask(Depot(), "POST", "/api/parts", name="Nut", amount=-1).status == 400


def test_a_bug_shows_in_what_is_answered() -> None:
    assert life_of_a_part("anyone_reads")[2] == 200
    assert life_of_a_part("anonymous_reads")[3] == 200
    assert life_of_a_part("nothing_left_breaks")[1] == 500
    assert life_of_a_part("deleted_breaks")[-1] == 500
    assert life_of_a_part("delete_ignored")[-1] == 200


def test_argus_is_to_find_as_much_as_schemathesis_does_alone() -> None:
    found = [
        Compared("", (), schemathesis=False, seconds=1),
        Compared("a", ("GET /parts",), schemathesis=True, seconds=1),
        Compared("b", (), schemathesis=True, seconds=1),
    ]
    rows = {figure.metric: figure for figure in figures(found, seed=1)}
    ours = rows["API faults found"]
    assert (ours.value, ours.met) == (0.5, False)
    assert rows["API faults that Schemathesis alone finds"].value == 1
    assert rows["false alarms on the clean build"].value == 0
