"""Which addresses a repository's code leads to, and how much it says that they matter."""

import pytest

from argus.services.qa.code.leads import CodeAnalyzer
from argus.services.qa.code.surface import Framework, RankedSurface, Surface, SurfaceKind
from argus.services.qa.leads import Leads


def route(
    path: str,
    method: str = "GET",
    *,
    priority: float = 0.0,
    commits: int = 0,
    framework: Framework = Framework.FLASK,
    kind: SurfaceKind = SurfaceKind.ROUTE,
) -> RankedSurface:
    surface = Surface(
        kind=kind,
        name=f"{method} {path}",
        framework=framework,
        file="app.py",
        line=1,
        method=method,
        path=path,
    )
    return RankedSurface(surface=surface, priority=priority, importers=0, commits=commits)


async def leads_of(surfaces: list[RankedSurface]) -> Leads:
    return await CodeAnalyzer().work(surfaces, 1)


async def test_pages_are_looked_at_the_most_important_first() -> None:
    leads = await leads_of(
        [route("/about"), route("/admin", priority=0.2), route("/users", priority=0.4)]
    )
    assert leads.entrances == ("/users", "/admin", "/about")


@pytest.mark.parametrize(
    "surface",
    [
        route("/books/:id"),
        route("/files/*"),
        route("/books", "POST"),
        route("/logout"),
        route("/books/delete"),
        route("/toggle", "", framework=Framework.EXPRESS),
        route("/books", kind=SurfaceKind.FORM),
        route("", kind=SurfaceKind.TEST_ID),
    ],
)
async def test_what_needs_a_record_or_may_change_one_is_no_page_to_open(
    surface: RankedSurface,
) -> None:
    assert (await leads_of([surface])).entrances == ()


async def test_a_view_of_django_that_takes_a_form_also_shows_it() -> None:
    leads = await leads_of([route("/books/add/", "POST", framework=Framework.DJANGO)])
    assert leads.entrances == ("/books/add/",)


async def test_a_path_weighs_as_much_as_the_weightiest_of_its_methods() -> None:
    leads = await leads_of(
        [route("/books", commits=1), route("/books/", "POST", priority=0.5, commits=4)]
    )
    assert leads.entrances == ("/books",)
    assert (leads.priority("/books"), leads.churn("/books")) == (0.5, 1.0)


@pytest.mark.parametrize(
    ("url", "priority"),
    [
        ("/books/{id}", 0.7),
        ("http://127.0.0.1/books/17?tab=2#top", 0.7),
        ("/books/emma/", 0.7),
        ("/books/new", 0.1),
        ("/books/{id}/edit", 0.0),
        ("/#/books/new", 0.1),
        ("/", 0.0),
    ],
)
async def test_an_address_has_the_weight_of_the_route_that_names_most_of_it(
    url: str, priority: float
) -> None:
    leads = await leads_of([route("/books/:id", priority=0.7), route("/books/new", priority=0.1)])
    assert leads.priority(url) == priority


async def test_the_churn_of_code_is_a_share_of_the_most_changed() -> None:
    leads = await leads_of([route("/a", commits=8), route("/b", commits=2), route("/c")])
    assert [leads.churn(path) for path in ("/a", "/b", "/c", "/d")] == [1.0, 0.25, 0.0, 0.0]
    assert leads.churn("/c", "/b") == 0.25, "of several addresses the most changed counts"


async def test_pages_that_nothing_opened_are_told() -> None:
    leads = await leads_of([route("/a"), route("/b"), route("/c", "POST")])
    assert leads.unreached(["/a?x=1"]) == ("/b",)


def test_without_a_repository_nothing_is_known() -> None:
    assert (Leads().entrances, Leads().priority("/"), Leads().churn("/")) == ((), 0.0, 0.0)


async def test_the_code_that_answers_a_request_is_named() -> None:
    leads = await leads_of([route("/books/:id"), route("/books/:id", "DELETE"), route("/any", "")])
    assert leads.handler("DELETE", "/books/{id}") == "app.py:1"
    assert leads.handler("POST", "/any") == "app.py:1", "the code does not say for which methods"
    assert (leads.handler("PUT", "/books/{id}"), leads.handler("GET", "/gone")) == ("", "")
