"""Plans for applications that nobody here wrote: discovered, learned and verified in a browser."""

from collections.abc import Mapping
from dataclasses import dataclass

import pytest
from playwright.async_api import Browser, StorageState
from pydantic import SecretStr

from argus.services.qa import ir
from argus.services.qa.browser.session import new_session
from argus.services.qa.discovery.explore import AutoDiscovery
from argus.services.qa.discovery.site import Credentials, DiscoveryRequest, Site
from argus.services.qa.execution.perform import perform
from argus.services.qa.expectation import Mutation
from argus.services.qa.ir import Flow
from argus.services.qa.planning.planner import PlanRequest, TestPlanner
from subjects.plugin import StartApplication
from support.website import Answer, Asked, Page, WebSite, redirect, serve

ADMIN = Credentials(username="admin", password=SecretStr("admin"))
SECRETS = {"login.password": "admin"}
BUDGET_S = 400.0


@dataclass
class Planned:
    """What came of planning: the suite, and all that was told on the way."""

    suite: ir.Suite
    told: list[tuple[str, str, str]]

    def dropped(self) -> list[tuple[str, str]]:
        return [
            (subject, message) for kind, subject, message in self.told if kind == "plan_dropped"
        ]


async def sign_in(browser: Browser, site: Site) -> StorageState | None:
    if site.login is None:
        return None
    async with new_session(browser, site.app_url) as session:
        for step in site.login.steps:
            assert (await perform(session, step, {}, SECRETS)).ok
        return await session.storage_state()


async def planned(
    browser: Browser, app_url: str, login: Credentials | None = None, **request: float
) -> Planned:
    told: list[tuple[str, str, str]] = []

    async def emit(kind: str, data: Mapping[str, object]) -> None:
        told.append((kind, str(data.get("subject")), str(data.get("message"))))

    budget_s = request.pop("time_budget_s", BUDGET_S)
    asked = DiscoveryRequest(app_url=app_url, login=login)
    site = await AutoDiscovery(browser, emit).work(asked, BUDGET_S)
    planner = TestPlanner(browser, await sign_in(browser, site), SECRETS, emit)
    suite = await planner.work(PlanRequest.model_validate({"site": site, **request}), budget_s)
    return Planned(suite, told)


@pytest.mark.timeout(BUDGET_S)
async def test_a_todo_list_gets_all_flows_and_the_same_tests_again(
    browser: Browser, todomvc: StartApplication
) -> None:
    url = todomvc()
    found = await planned(browser, url, seed=7)
    assert {test.name for test in found.suite.tests} == {
        "Create a todo",
        "Read a todo",
        "Update a todo",
        "Leave a todo without saving",
        "Delete a todo",
        "Delete a todo and no other",
        "A todo without text is refused",
        'Open "todos"',
    }
    assert found.dropped() == []
    again = (await planned(browser, url, seed=7, max_tests=2)).suite
    assert len(again.tests) == 2
    same = [test for test in found.suite.tests if test.id in {each.id for each in again.tests}]
    assert again == found.suite.model_copy(update={"tests": tuple(same)})


async def test_nothing_that_changes_data_is_planned_read_only(
    browser: Browser, django_admin: StartApplication
) -> None:
    url = django_admin() + "library/author/"

    async def emit(_: str, __: Mapping[str, object]) -> None:
        pass

    request = DiscoveryRequest(app_url=url, login=ADMIN, max_pages=1, read_only=True)
    site = await AutoDiscovery(browser, emit).work(request, BUDGET_S)
    planner = TestPlanner(browser, await sign_in(browser, site), SECRETS, emit)
    suite = await planner.work(PlanRequest(site=site, read_only=True), BUDGET_S)
    flows = {test.flow for test in suite.tests}
    assert flows == {Flow.READ, Flow.SEARCH, Flow.NAVIGATE}
    assert not any(
        isinstance(expectation, Mutation)
        for test in suite.tests
        for step in test.steps
        for expectation in step.expect
    )


async def test_an_answer_by_5xx_is_kept_as_a_failing_test(browser: Browser, notes) -> None:
    notes.save_status = 500
    found = await planned(browser, notes.url)
    kept = {subject: message for kind, subject, message in found.told if kind == "plan_kept"}
    assert "answered 500" in kept.pop("Create a note")
    assert all(message == "it holds" for message in kept.values())


async def test_a_list_that_does_not_show_what_was_saved_is_a_failing_test(
    browser: Browser,
) -> None:
    form = "<form method=post><label>Title <input name=title required></label><button>Save"

    def add(asked: Asked) -> str | Answer:
        return f"<h1>Add note</h1>{form}" if asked.method == "GET" else redirect("/notes")

    rows = "".join(f"<tr><td><a href=/notes/{n}>Note {n}</a>" for n in range(3))
    notes = f"<h1>Notes</h1><a href=/notes/add>Add</a><table>{rows}</table>"
    pages: dict[str, Page] = {"/": "<a href=/notes>Notes</a>", "/notes": notes, "/notes/add": add}
    with serve(WebSite(pages)) as site:
        found = await planned(browser, site.url)
    kept = {subject: message for kind, subject, message in found.told if kind == "plan_kept"}
    assert "0 rows show" in kept["Create a note"]


async def test_a_list_that_writes_a_record_in_its_own_way_has_not_lost_it(browser: Browser) -> None:
    columns = ["id"]
    form = "<form method=post><label>Name <input name=name required></label><button>Save"

    def add(asked: Asked) -> str | Answer:
        if asked.method == "GET":
            return f"<h1>Add column</h1>{form}"
        columns.append(asked.form["name"].replace(" ", "_"))
        return redirect("/columns")

    def listed(_asked: Asked) -> str:
        rows = "".join(f"<tr><td>{each}<td><a href=/columns/{each}>Open</a>" for each in columns)
        return f"<h1>Columns</h1><a href=/columns/add>Add</a><table>{rows}</table>"

    pages: dict[str, Page] = {
        "/": "<a href=/columns>Columns</a>",
        "/columns": listed,
        "/columns/add": add,
    }
    with serve(WebSite(pages)) as site:
        found = await planned(browser, site.url)
    failing = [told for told in found.told if "it fails" in told[2]]
    assert failing == []
    assert ("Add column", "the new record shows in no list") in found.dropped()


LONG = ("Last name", "First name")


def people(asked: Asked, known: dict[int, tuple[str, ...]]) -> str:
    """A list in order, three to a page, that can be searched."""
    text, page = asked.query.get("q", ""), int(asked.query.get("page", "1"))
    found = sorted((each, at) for at, each in known.items() if text in " ".join(each))
    rows = "".join(
        f"<tr><td><a href=/people/{at}>{', '.join(each)}</a><td>"
        f"<a href=/people/{at}/delete>Delete {', '.join(each)}</a>"
        for each, at in found[3 * page - 3 : 3 * page]
    )
    onward = f"<a href='/people?page={page + 1}'>Next</a>" if len(found) > 3 * page else ""
    return f"""<h1>People</h1><a href=/people/new>New</a>
        <form><label>Name <input name=q></label><select name=kind aria-label=Kind>
        <option>All<option>Some</select><button>Filter</button></form>
        <table>{rows}</table>{onward}"""


async def test_a_record_is_searched_for_where_its_text_decides_on_which_page_it_is(
    browser: Browser,
) -> None:
    # What is made up comes before these: to learn with, it would be on the first page.
    known = dict(enumerate([("Zza", "One"), ("Zzb", "Two"), ("Zzc", "Three"), ("Zzd", "Four")]))

    def form(values: tuple[str, ...]) -> str:
        fields = "".join(
            f"<label>{label} <input name=f{n} value='{value}' required></label>"
            for n, (label, value) in enumerate(zip(LONG, values, strict=True))
        )
        return f"<form method=post>{fields}<button>Save</button></form>"

    def new(asked: Asked) -> str | Answer:
        if asked.method == "GET":
            return f"<h1>New person</h1>{form(('', ''))}"
        at = max(known) + 1
        known[at] = (asked.form["f0"], asked.form["f1"])
        return redirect(f"/people/{at}")

    def one(asked: Asked) -> str | Answer:
        at = int(asked.path.split("/")[2])
        if at not in known:
            return Answer("Gone", status=404)
        if asked.path.endswith("/delete"):
            if asked.method == "GET":
                no = "<a href=/people>Cancel</a>"
                return f"<h1>Delete?</h1><form method=post><button>Delete</button></form>{no}"
            del known[at]
            return redirect("/people")
        if asked.method == "POST":
            known[at] = (asked.form["f0"], asked.form["f1"])
            return redirect("/people")
        return f"<h1>{' '.join(known[at])}</h1>{form(known[at])}"

    pages: dict[str, Page] = {
        "/": "<a href=/people>People</a>",
        "/people": lambda asked: people(asked, known),
        "/people/new": new,
        "/people/*": one,
    }
    with serve(WebSite(pages)) as site:
        found = await planned(browser, site.url)
    names = {test.name for test in found.suite.tests}
    assert {f"{what} a person" for what in ("Create", "Read", "Update", "Delete")} <= names
    assert [told for told in found.told if "it fails" in told[2]] == []
    listing = next(test for test in found.suite.tests if test.name == "Create a person").steps
    assert any(step.id.startswith("list") and step.value == "${last_name}" for step in listing)


async def test_input_that_a_form_refuses_is_made_within_the_bounds_that_it_states(
    browser: Browser,
) -> None:
    codes = ["ABC"]

    def listed(asked: Asked) -> str | Answer:
        code, said = asked.form.get("code", ""), ""
        if asked.method == "POST" and not 2 <= len(code) <= 7:
            said = "<p role=alert>The code has 2 to 7 characters."
        elif asked.method == "POST":
            codes.append(code)
            return redirect("/codes")
        rows = "".join(f"<tr><td>{each}<td><a href=/codes/{each}>Open</a>" for each in codes)
        return f"""<h1>Codes</h1><table>{rows}</table>{said}
            <form method=post><label>Code <input name=code></label><button>Add</button></form>"""

    pages: dict[str, Page] = {"/": "<a href=/codes>Codes</a>", "/codes": listed}
    with serve(WebSite(pages)) as site:
        found = await planned(browser, site.url)
    assert "Create a code" in {test.name for test in found.suite.tests}


async def test_a_todo_list_that_forgets_fails_its_create_test(
    browser: Browser, todomvc: StartApplication
) -> None:
    found = await planned(browser, todomvc(bug="save_ignored"), max_tests=1)
    assert [(kind, subject) for kind, subject, _ in found.told if kind == "plan_kept"] == [
        ("plan_kept", "Create a todo")
    ]
    assert any("0 rows show" in message for _, _, message in found.told)


async def test_planning_ends_with_its_time_budget(browser: Browser, notes) -> None:
    found = await planned(browser, notes.url, time_budget_s=0.1)
    assert found.suite.tests == ()
    assert found.told[-1][0] == "plan_budget_spent"
