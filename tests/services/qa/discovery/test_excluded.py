"""What is to be left alone is neither opened nor asked for, whatever leads there."""

from argus.services.qa.leads import Lead, Leads
from support.exploring import Explore
from support.website import WebSite


async def test_nothing_leads_to_what_is_excluded(explore: Explore, site: WebSite) -> None:
    site.pages |= {
        "/": """<h1>Shop</h1><a href=/about>About</a> <a href=/admin/users>Users</a>
            <button onclick="location = '/admin/menu'">Show menu</button>
            <button onclick="fetch('/admin/figures').catch(() => {})">Show figures</button>""",
        "/about": "<h1>About</h1><p>Nothing else</p>",
        "/admin/*": "<h1>Administration</h1>",
    }
    lead = Lead(path="/admin/code", priority=1.0, churn=0.0, page=True)
    found = await explore(exclude=("/admin/*",), leads=Leads(leads=(lead,)))
    assert {page.url_template for page in found.pages} == {"/", "/about"}
    assert [each.path for each in site.asked if each.path.startswith("/admin")] == []
    assert {each.kind for each in found.findings} <= {"accessibility", "missing_header"}
