from typing import Any

from argus.services.qa.api.drift import changes
from argus.services.qa.discovery.api import ApiCatalogue
from argus.services.qa.discovery.operation import Operation

APP = "http://127.0.0.1:8000"


def seen(*answers: Any, status: int = 200, documented: bool = False) -> tuple[Operation, ...]:
    """The catalogue after these answers."""
    catalogue = ApiCatalogue(APP)
    for answer in answers:
        catalogue.add("GET", APP + "/orders/7", status, ..., answer)
    if documented:
        catalogue.document({"paths": {"/orders/{id}": {"get": {}}}})
    return catalogue.operations


def told(
    before: tuple[Operation, ...], after: tuple[Operation, ...]
) -> list[tuple[str, str, bool]]:
    return [(each.where, each.what, each.breaking) for each in changes(before, after)]


def test_two_runs_that_saw_the_same_shapes_have_no_drift() -> None:
    assert told(seen({"id": 1, "lines": []}), seen({"id": 2, "lines": [{"sku": "a"}]})) == []


def test_a_property_that_is_missing_breaks_and_a_new_one_does_not() -> None:
    before, after = seen({"id": 1, "total": 3}), seen({"id": 1, "sum": 3})
    assert told(before, after) == [
        ("200 /total", "is missing", True),
        ("200 /sum", "is new", False),
    ]


def test_another_type_breaks_but_for_a_whole_number_among_numbers() -> None:
    assert told(seen({"total": 3}), seen({"total": "3"})) == [
        ("200 /total", "integer is now string", True)
    ]
    assert told(seen({"total": 3}), seen({"total": None})) == [
        ("200 /total", "integer is now null", True)
    ]
    assert told(seen({"total": 3.5}), seen({"total": 3})) == []


def test_what_changes_in_the_items_of_a_list_is_found_where_it_is() -> None:
    before, after = seen([{"lines": [{"sku": "a"}]}]), seen([{"lines": [{"sku": 1}]}])
    assert told(before, after) == [("200 /*/lines/*/sku", "string is now integer", True)]


def test_always_there_is_a_promise_only_after_a_few_calls() -> None:
    whole, part = {"id": 1, "note": "x"}, {"id": 1}
    sometimes = [("200 /note", "was always there, and now is only sometimes", True)]
    assert told(seen(whole), seen(whole, part)) == []
    assert told(seen(whole, whole, whole), seen(whole, part)) == sometimes


def test_what_did_not_come_up_this_time_is_no_change() -> None:
    before = seen({"id": 1}, {"id": 1, "coupon": "x"})
    assert told(before, seen({"id": 2})) == []
    assert told(seen({"id": 1}), ()) == []


def test_an_operation_that_only_fails_now_breaks_and_so_does_one_no_longer_described() -> None:
    assert told(seen({"id": 1}), seen({"detail": "gone"}, status=410)) == [
        ("", "worked, and now answers 410 only", True)
    ]
    assert told(seen({"id": 1}, documented=True), ()) == [("", "is no longer documented", True)]
    assert told((), seen({"id": 1})) == [("", "is new", False)]
