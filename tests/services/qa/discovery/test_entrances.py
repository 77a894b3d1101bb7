"""Pages that the code names and nothing links to."""

from argus.services.qa.leads import Lead, Leads
from support.exploring import Explore
from support.website import Answer, Asked, WebSite, redirect


async def test_pages_that_only_the_code_names_are_found_and_wrong_guesses_are_no_defects(
    explore: Explore, site: WebSite
) -> None:
    def only_get(asked: Asked) -> Answer:
        return Answer("<h1>Audit</h1>", status=200 if asked.method == "GET" else 405)

    site.pages |= {
        "/": "<h1>Home</h1>",
        "/audit": only_get,
        "/moved": redirect("/audit"),
        "/broken": Answer("<h1>Internal error</h1>", status=500),
        "/api/health": Answer("{}", headers={"Content-Type": "application/json"}),
        "/denied": Answer("", status=403),
    }
    paths = ("/audit", "/moved", "/broken", "/api/health", "/denied", "/gone")
    leads = Leads(leads=tuple(Lead(path=p, priority=0, churn=0, page=True) for p in paths))
    found = await explore(leads=leads)
    assert {page.url_template for page in found.pages} == {"/", "/audit", "/broken"}
    answers = {"server_error", "broken_link", "no_answer"}
    assert [each.url for each in found.findings if each.kind in answers] == [f"{site.url}/broken"]
