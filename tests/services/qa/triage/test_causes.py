from argus.services.qa.ir import Flow
from argus.services.qa.outcome import Category, Symptom, TestResult, TestStatus
from argus.services.qa.triage.causes import causes, with_causes

BUG = Category.PRODUCT_BUG


def failed(
    id_: str,
    *,
    category: Category = BUG,
    step: str = 'click button "Save"',
    url: str = "/notes",
    message: str = "no POST request went to /notes",
    request: str = "",
    script_error: str = "",
) -> TestResult:
    return TestResult(
        id=id_,
        name=id_,
        flow=Flow.CREATE,
        status=TestStatus.FAILED,
        category=category,
        steps=1,
        duration_ms=1,
        heals=(),
        evidence=(),
        symptom=Symptom(
            step=step, url=url, message=message, request=request, script_error=script_error
        ),
    )


def groups(*tests: TestResult) -> list[tuple[str, ...]]:
    return [cause.tests for cause in causes(tests, {})]


def test_seven_tests_that_one_handler_fails_are_one_cause_wherever_they_failed() -> None:
    tests = [
        failed(f"t{number}", step=f"step {number}", url=f"/{number}", request="POST /notes 500")
        for number in range(7)
    ]
    [cause] = causes([failed("other"), *tests], {})[:1]
    assert cause.tests == tuple(test.id for test in tests)
    assert (cause.what, cause.suspects) == ("POST /notes 500", ("the handler of POST /notes",))


def test_other_requests_statuses_or_categories_are_other_causes() -> None:
    assert groups(
        failed("a", request="POST /notes 500"),
        failed("b", request="POST /notes 502"),
        failed("c", request="GET /notes 500"),
        failed("d", request="POST /notes 500", category=Category.DATA),
    ) == [("a",), ("b",), ("c",), ("d",)]


def test_one_script_error_is_one_cause() -> None:
    broken = "total is NaN"
    [cause] = causes(
        [failed("a", step="x", script_error=broken), failed("b", script_error=broken)], {}
    )
    assert cause.tests == ("a", "b")
    assert cause.suspects == ("the script behind: total is NaN",)


def test_without_request_or_error_step_page_and_kind_of_message_say_what_is_one_cause() -> None:
    assert groups(
        failed("a", message="3 rows show it"),
        failed("b", message="5 rows show it"),
        failed("c", message="3 rows show it", step='click button "Send"'),
        failed("d", message="3 rows show it", url="/todos"),
        failed("e", message="nobody is here"),
    ) == [("a", "b"), ("c",), ("d",), ("e",)]


def test_what_the_environment_did_is_one_cause_wherever_it_met_the_tests() -> None:
    dead = {"category": Category.ENVIRONMENT, "message": "the browser has been closed"}
    assert groups(failed("a", step="x", url="/a", **dead), failed("b", step="y", **dead)) == [
        ("a", "b")
    ]


def test_what_went_otherwise_in_most_tests_is_the_first_suspect() -> None:
    tests = [failed("a"), failed("b"), failed("c")]
    differences = {"a": "x", "b": "step s2: POST /notes is not sent now", "c": ""}
    [cause] = causes(tests, {**differences, "c": differences["b"]})
    assert cause.suspects[0] == "first difference: step s2: POST /notes is not sent now"


def test_only_failures_have_causes_and_each_is_told_of_its_own() -> None:
    passed = failed("p").model_copy(update={"status": TestStatus.PASSED, "category": None})
    alone, first, second = failed("a", step="x"), failed("b"), failed("c")
    tests = (passed, alone, first, second)
    told = with_causes(tests, causes(tests, {"a": "gone"}))
    assert [[each.kind for each in test.evidence] for test in told] == [
        [], ["suspect"], ["cause"], ["cause"],
    ]  # fmt: skip
    assert told[2].evidence[0].message == "one cause, 2 tests: no POST request went to /notes"
