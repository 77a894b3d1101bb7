"""What pages do besides linking to pages: each is found, and found once."""

from argus.services.qa.discovery.site import FieldKind, Site
from argus.services.qa.ir import Action
from support.exploring import Explore
from support.website import Asked, WebSite


def templates(found: Site) -> set[str]:
    return {page.url_template for page in found.pages}


async def test_frames_windows_and_every_kind_of_listener_lead_on(
    explore: Explore, site: WebSite
) -> None:
    site.pages |= {
        "/": """<h1>Desk</h1><iframe src=/framed title=Chat></iframe>
            <button onclick="window.open('/window')">Pop out</button>
            <div id=property>By property</div><div id=react>By React</div>
            <div style="cursor:pointer" id=pointer>By pointer</div>
            <script>
              property.onclick = () => { location = '/by-property' };
              react['__reactProps$x1'] = { onClick() {} };
              const go = (id, to) => document.addEventListener('click', (event) => {
                if (event.target.id === id) location = to });
              go('react', '/by-react'); go('pointer', '/by-pointer');
            </script>""",
        "/framed": "<h1>Chat</h1><p>Nobody is here</p>",
        "/window": "<h1>Window</h1><ul><li>One</li></ul>",
        "/by-*": lambda asked: f"<h2>{asked.path}</h2>",
    }
    found = await explore()
    pages = {"/", "/framed", "/window", "/by-property", "/by-react", "/by-pointer"}
    assert templates(found) == pages


async def test_a_shadow_tree_is_explored_like_the_rest(explore: Explore, site: WebSite) -> None:
    site.pages |= {
        "/": """<h1>Shop</h1><x-menu></x-menu><script>
            customElements.define('x-menu', class extends HTMLElement {
              connectedCallback() {
                this.attachShadow({mode: 'open'}).innerHTML = `<nav><a href=/inside>Inside</a>
                  <button>Show filter</button></nav><label>Word <input name=w></label>`;
                this.shadowRoot.querySelector('button').onclick = () =>
                  document.body.append(Object.assign(document.createElement('dialog'),
                    {open: true, innerHTML: '<h2>Filter</h2>'})) } })</script>""",
        "/inside": "<h1>Inside</h1><table><tr><td>1</table>",
    }
    found = await explore()
    assert templates(found) == {"/", "/inside"}
    assert [state.dialog_open for state in found.states].count(True) == 1
    assert [field.label for form in found.forms for field in form.fields] == ["Word"]


async def test_a_list_without_end_is_unrolled_a_few_screens_far(
    explore: Explore, site: WebSite
) -> None:
    def more(asked: Asked) -> str:
        return f"<li style='height:900px'><a href=/item-{asked.query['n']}>Item</a>"

    site.pages |= {
        "/": """<h1>News</h1><ul id=u></ul><p id=end>More</p><script>
            let n = 0;
            new IntersectionObserver((entries) => {
              if (entries.some((each) => each.isIntersecting))
                fetch('/more?n=' + n++).then((r) => r.text())
                  .then((t) => u.insertAdjacentHTML('beforeend', t));
            }).observe(end)</script>""",
        "/more": more,
        "/item-*": "<h2>Item</h2>",
    }
    found = await explore()
    asked = {each.path for each in site.asked if each.path.startswith("/item-")}
    assert {"/item-1", "/item-2"} <= asked, "what came into view by scrolling"
    assert sum(each.path == "/more" for each in site.asked) < 30
    assert templates(found) == {"/", "/{id}"}


async def test_routes_that_a_script_pushes_are_pages_and_complaints_states_of_their_own(
    explore: Explore, site: WebSite
) -> None:
    site.pages[
        "/*"
    ] = """<h1>App</h1><main id=m><p>First</p></main><button id=next>Show next</button>
        <button id=check>Check</button><script>
        next.onclick = () => { history.pushState({}, '', '/second'); show() };
        check.onclick = () => { m.innerHTML += '<p role=alert>Name is missing</p>' };
        const show = () => { if (location.pathname === '/second')
          { m.innerHTML = '<table><tr><td>2</table>'; next.remove() } };
        show()</script>"""
    found = await explore()
    assert templates(found) == {"/", "/second"}
    refused = [state for state in found.states if state.validation_error]
    assert {state.url_template for state in refused} <= {"/", "/second"}
    assert refused[0].path[-1].action is Action.CLICK


async def test_files_dates_and_rich_text_are_fields_of_their_own_kind(
    explore: Explore, site: WebSite
) -> None:
    site.pages["/"] = """<h1>Upload</h1><form method=post action=/save>
        <label>Picture <input type=file name=f accept=image/*></label>
        <label>Day <input type=date name=d min=2020-01-01></label>
        <div contenteditable aria-label=Body role=textbox>Text</div>
        <button>Save</button></form>"""
    found = await explore()
    (form,) = found.forms
    kinds = [field.kind for field in form.fields]
    assert kinds == [FieldKind.FILE, FieldKind.DATE, FieldKind.RICH_TEXT]


async def test_screens_that_differ_only_in_repeated_siblings_are_one(
    explore: Explore, site: WebSite
) -> None:
    def page(asked: Asked) -> str:
        count = len(asked.path)
        cards = "<article><h3>Card</h3><p>Text</p><a href=/list/aaaa>More</a></article>" * count
        return f"<h1>Cards</h1><section>{cards}</section><a href=/list/aa>Two</a>"

    site.pages["/"] = "<h1>Home</h1><a href=/list/11>One</a> <a href=/list/2222>Two</a>"
    site.pages["/list/*"] = page
    found = await explore()
    screens = [state for state in found.states if state.url_template == "/list/{id}"]
    assert len(screens) == 1
