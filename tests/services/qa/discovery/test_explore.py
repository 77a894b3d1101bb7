import pytest

from argus.services.qa.browser.errors import ApplicationUnreachable, NavigationBlocked
from argus.services.qa.discovery.errors import NoPageSeen
from argus.services.qa.discovery.site import FieldKind, Site
from argus.services.qa.ir import Action
from support.exploring import Explore
from support.website import Answer, Asked, Stall, WebSite, redirect

NAV = "<nav><a href=/>Home</a> <a href=/books>Books</a> <a href=/about>About</a></nav>"
BOOK_FORM = """<form method=post action=/books/save><h2>Book</h2>
    <label>Title: * <input name=title required maxlength=40 placeholder=Emma></label>
    <label>Pages <input name=pages type=number min=1 max=9999 step=1></label>
    <label>Genre <select name=genre><option value="">Choose</option><option value=n>Novel</option>
      <option value=p selected>Poem</option><option value=x disabled>None</option></select></label>
    <fieldset><legend>Cover</legend>
      <label><input type=radio name=cover value=h checked> Hard</label>
      <label><input type=radio name=cover value=s> Soft</label></fieldset>
    <label><input type=checkbox name=lent> Lent</label>
    <label>Notes <textarea name=notes></textarea></label>
    <input type=hidden name=token value=t>
    <button>Save</button><button name=_delete>Delete</button></form>"""


def templates(found: Site) -> set[str]:
    return {page.url_template for page in found.pages}


ADVICE = {"accessibility", "missing_header", "slow_paint", "layout_shift", "slow_interaction"}
"""Findings of the oracles that look at every page; their own tests are beside them."""


def kinds(found: Site) -> list[str]:
    return sorted(finding.kind for finding in found.findings if finding.kind not in ADVICE)


@pytest.fixture
def library(site: WebSite) -> WebSite:
    """A server-rendered application: a list, a form, and a page per book."""
    rows = "".join(
        f"<tr><td><a href=/books/{n}>Book {n}</a><td><button>Remove</button>" for n in range(30)
    )
    site.pages |= {
        "/": f"{NAV}<h1>Library</h1><form action=/search>"
        "<input type=search name=q aria-label=Search><button>Search</button></form>",
        "/books": f"{NAV}<h1>Books</h1><a href=/books/add>Add</a><a href=/books?sort=title>Sort</a>"
        f"<table><thead><tr><th>Title<th>Actions</thead>{rows}</table>",
        "/books/add": f"{NAV}<h1>Add book</h1>{BOOK_FORM}",
        "/books/*": lambda asked: (
            f"{NAV}<h1>Book {asked.path}</h1>{BOOK_FORM}<a href={asked.path}/delete>Delete</a>"
        ),
        "/about": f"{NAV}<h1>About</h1><p>Nothing much</p>",
    }
    return site


async def test_a_server_rendered_application_is_found_page_by_page_as_it_is_reported(
    explore: Explore, library: WebSite, events: list[tuple[str, dict[str, object]]]
) -> None:
    found = await explore()
    assert templates(found) == {"/", "/books", "/books/add", "/books/{id}", "/about"}
    assert found.stopped_by == "exhausted"
    assert kinds(found) == []
    assert found.summary.pages == len(found.pages)
    assert sum(asked.path.startswith("/books/") for asked in library.asked) < 6
    assert {asked.method for asked in library.asked} == {"GET"}
    assert not any("delete" in asked.path for asked in library.asked)
    seen = [data["url"] for kind, data in events if kind == "discovery_state"]
    assert seen == [state.url for state in found.states]
    check_form(found)
    check_collection(found)
    check_ways(found)
    assert Site.model_validate_json(found.model_dump_json()) == found


def check_form(found: Site) -> None:
    """It is described field by field."""
    form = next(form for form in found.forms if form.url_template == "/books/add")
    assert (form.name, form.method, form.action_template) == ("Book", "POST", "/books/save")
    assert [(submit.name, submit.destructive) for submit in form.submits] == [
        ("Save", False),
        ("Delete", True),
    ]
    title, pages, genre, cover, lent, notes = form.fields
    assert (title.kind, title.label, title.required) == (FieldKind.TEXT, "Title", True)
    assert (title.max_length, title.placeholder) == (40, "Emma")
    assert (pages.kind, pages.min, pages.max) == (FieldKind.NUMBER, "1", "9999")
    assert (genre.options, genre.value) == (("Novel", "Poem"), "Poem")
    assert (cover.kind, cover.label) == (FieldKind.RADIO, "Cover")
    assert (cover.options, cover.value) == (("Hard", "Soft"), "Hard")
    assert (lent.kind, lent.value) == (FieldKind.CHECKBOX, "false")
    assert notes.kind is FieldKind.TEXTAREA
    assert all(field.target.locators for field in form.fields)
    search = next(form for form in found.forms if form.action_template == "/search")
    assert (search.search, search.method) == (True, "GET")


def check_collection(found: Site) -> None:
    """A list of records is one."""
    (books,) = found.collections
    assert (books.url_template, books.name, books.row_role) == ("/books", "Books", "row")
    assert (books.row_count, books.columns) == (30, ("Title", "Actions"))
    assert books.row_links == ("/books/{id}",)
    assert books.row_controls == ('button "Remove"',)


def check_ways(found: Site) -> None:
    """Links lead from each state to what they open."""
    at = {state.key: state.url_template for state in found.states}
    ways = {(at[way.source], at[way.target]) for way in found.transitions}
    assert ways >= {("/about", "/books"), ("/books", "/books/add"), ("/books", "/books/{id}")}
    assert all(way.source != way.target for way in found.transitions)


SPA = """<div id=app></div><script>
    const routes = {
      '': '<h1>Notes</h1><input placeholder="New note"><button id=more>Show more</button>',
      '#/done': '<h1>Done</h1><p>Nothing is done</p><ul><li>One</ul>',
    };
    const show = () => app.innerHTML = '<a href="#/">All</a> <a href="#/done">Done</a>' +
      (routes[location.hash.replace('#/', '') ? location.hash : '']);
    onhashchange = show; show();
    document.addEventListener('click', e => { if (e.target.id === 'more')
      app.innerHTML += '<div role=dialog aria-label=Filter><label>Word <input></label></div>' });
    </script>"""


async def test_a_single_page_application_is_found_by_route_dialog_and_input_without_a_form(
    explore: Explore, site: WebSite
) -> None:
    site.pages["/"] = SPA
    found = await explore()
    assert templates(found) >= {"/", "/#/done"}
    assert any(state.dialog_open for state in found.states)
    dialog = next(state for state in found.states if state.dialog_open)
    assert [step.action for step in dialog.path] == [Action.GOTO, Action.CLICK]
    assert dialog.key in {transition.target for transition in found.transitions}
    form = next(form for form in found.forms if form.name == "New note")
    assert form.implicit
    assert form.submits == ()


async def test_a_listener_on_a_plain_element_is_tried_like_a_button(
    explore: Explore, site: WebSite
) -> None:
    site.pages["/"] = """<h1>Home</h1><div id=d>Open panel</div><script>
        d.addEventListener('click', () =>
          document.body.innerHTML = '<aside><h2>Panel</h2><ul><li><button>x</button></ul></aside>')
        </script>"""
    found = await explore()
    assert len(found.states) == 2


async def test_one_broken_thing_is_one_finding_however_many_pages_show_it(
    explore: Explore, site: WebSite
) -> None:
    broken = (
        "<script>null.x</script><script>console.error('odd')</script><img src=/no.png alt=No>"
        "<a href=/gone>Gone</a><a href=/fails>Fails</a><script src=/no.js></script>"
    )
    site.pages |= {path: f"{NAV}<h1>{path}</h1>{broken}" for path in ("/", "/books", "/about")}
    site.pages["/fails"] = Answer("<h1>Oops</h1>", status=500)
    found = await explore()
    assert kinds(found) == [
        "broken_image",
        "broken_link",
        "broken_script",
        "console_error",
        "script_error",
        "server_error",
    ]


async def test_what_healthy_applications_do_is_no_finding(explore: Explore, site: WebSite) -> None:
    home = """<h1>Home</h1><a href=/denied>Admin</a><a href=http://other.invalid/>Else</a>
        <a href=mailto:a@b.c>Mail</a><img src=http://cdn.invalid/x.png alt=X>
        <script>fetch('/me'); console.warn('hm')</script>"""
    site.pages |= {
        "/": home,
        "/me": Answer("{}", status=401),
        "/denied": Answer("<h1>Forbidden</h1>", status=403),
    }
    found = await explore()
    assert kinds(found) == []


async def test_an_application_that_starts_behind_an_empty_page_is_waited_for(
    explore: Explore, site: WebSite
) -> None:
    site.pages["/"] = """<body><script>
        setTimeout(() => { document.body.innerHTML = "<h1>Ready</h1><a href=/b>B</a>" }, 700)
        </script>"""
    site.pages["/b"] = "<h1>B</h1>"
    found = await explore()
    assert [page.url_template for page in found.pages] == ["/", "/b"]


async def test_fields_without_a_name_are_found_once(explore: Explore, site: WebSite) -> None:
    site.pages["/*"] = """<h1>Home</h1><a href=/b>B</a><form method=post action=/x>
        <input name=q><label>A <input name=a></label><label>A <input name=b></label></form>"""
    found = await explore()
    assert kinds(found) == ["ambiguous_field", "nameless_field"]


async def test_a_read_only_run_sends_nothing_that_may_change_something(
    explore: Explore, site: WebSite
) -> None:
    site.pages["/"] = """<h1>Home</h1><button id=b>Show</button><script>
        b.onclick = () => fetch('/log', {method: 'POST'}).then(() => b.after('shown'))</script>"""
    found = await explore(read_only=True)
    assert {asked.method for asked in site.asked} == {"GET"}
    assert kinds(found) == []


async def test_an_infinite_calendar_ends_by_itself(explore: Explore, site: WebSite) -> None:
    def month(asked: Asked) -> str:
        number = int(asked.path.rpartition("/")[2] or 0)
        return f"<h1>Month {number}</h1><a href=/month/{number + 1}>Next</a>"

    site.pages["/*"] = month
    found = await explore()
    assert found.stopped_by == "exhausted"
    assert len(site.asked) < 10


async def test_ever_new_pages_end_at_the_limit(explore: Explore, site: WebSite) -> None:
    letters = "abcdefghijklmnopqrstuvwxyz"

    def page(asked: Asked) -> str:
        return "".join(f"<a href={asked.path}{letter}>{letter}</a> " for letter in letters)

    site.pages["/*"] = page
    found = await explore(max_pages=3)
    assert (found.stopped_by, len(found.pages)) == ("max_pages", 3)
    found = await explore(max_actions=2)
    assert (found.stopped_by, found.summary.actions) == ("max_actions", 2)


async def test_a_page_that_never_loads_is_a_finding_and_the_rest_is_found(
    explore: Explore, site: WebSite
) -> None:
    site.pages["/about"] = Stall.NO_ANSWER
    site.pages["/"] = "<h1>Library</h1><a href=/about>About</a>"
    found = await explore()
    assert kinds(found) == ["never_loads"]
    assert templates(found) == {"/"}


@pytest.mark.parametrize("page", [Stall.NO_ANSWER, Stall.ENDLESS_BODY])
@pytest.mark.parametrize("time_budget_s", [0.5, 2])
async def test_an_entrance_that_never_loads_is_a_finding_however_short_the_budget(
    explore: Explore, site: WebSite, page: Stall, time_budget_s: float
) -> None:
    site.pages["/*"] = page
    found = await explore(time_budget_s=time_budget_s)
    assert kinds(found) == ["never_loads"]


@pytest.mark.parametrize(
    "page",
    [
        Answer("", status=204),
        Answer("data", headers={"Content-Disposition": "attachment"}),
    ],
)
async def test_an_address_that_opens_no_page_is_an_error(
    explore: Explore, site: WebSite, page: Answer
) -> None:
    site.pages["/*"] = page
    with pytest.raises(NoPageSeen):
        await explore()


@pytest.mark.parametrize(
    ("page", "kind"),
    [
        (redirect("/"), "redirect_loop"),
        ("<script>for (;;) alert('again')</script>", "dialog_storm"),
        (Answer("<h1>Oops</h1>", status=500), "server_error"),
    ],
)
async def test_an_application_that_only_misbehaves_ends_quickly_with_a_finding(
    explore: Explore, site: WebSite, page: str | Answer, kind: str
) -> None:
    site.pages["/*"] = page
    found = await explore()
    assert kinds(found) == [kind]
    assert found.stopped_by == "exhausted"


async def test_an_unreachable_application_is_an_error_that_says_what_to_check(
    explore: Explore,
) -> None:
    with pytest.raises(ApplicationUnreachable, match=r"127\.0\.0\.1:1/ does not answer"):
        await explore(app_url="http://127.0.0.1:1/")


async def test_an_application_that_goes_away_meanwhile_is_an_error(
    explore: Explore, site: WebSite
) -> None:
    site.pages["/"] = "".join(f"<a href=/{name}>{name}</a> " for name in "abcd")
    site.pages["/*"] = Stall.HANG_UP
    with pytest.raises(ApplicationUnreachable):
        await explore()


async def test_one_page_that_hangs_up_does_not_end_discovery(
    explore: Explore, site: WebSite
) -> None:
    site.pages |= {"/": f"{NAV}<h1>Home</h1>", "/about": Stall.HANG_UP, "/books": "<h1>Books</h1>"}
    found = await explore()
    assert templates(found) == {"/", "/books"}
    assert kinds(found) == ["no_answer"]


async def test_an_application_that_lives_elsewhere_is_an_error_that_says_where(
    explore: Explore, site: WebSite
) -> None:
    site.pages["/"] = redirect("http://elsewhere.invalid/app")
    with pytest.raises(NavigationBlocked, match=r"leads to http://elsewhere\.invalid/app"):
        await explore()


async def test_the_time_budget_is_kept_whatever_the_page_does(
    explore: Explore, site: WebSite
) -> None:
    site.pages["/"] = "<h1>Calm</h1><a href=/a>a</a>"
    site.pages["/*"] = lambda asked: (
        "<script>(function tick() { document.title = Math.random(); setTimeout(tick) })()</script>"
        f"<a href={asked.path}a>a</a><a href={asked.path}b>b</a>"
    )
    found = await explore(time_budget_s=6)
    assert found.stopped_by == "time_budget"
    assert found.summary.duration_s < 30
