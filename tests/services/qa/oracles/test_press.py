"""A press that changes nothing, and all the ways in which one changes something."""

from argus.services.qa.browser.session import Session
from argus.services.qa.oracles.press import Press
from support.website import Answer, WebSite

DEAD = {"nothing": "", "a reckoning": 'onclick="Math.random()"', "a blur": 'onclick="this.blur()"'}
EFFECTS = {
    "text": "onclick=\"p.textContent = 'Pressed'\"",
    "attribute": "onclick=\"p.className = 'on'\"",
    "field": 'onclick="i.checked = !i.checked"',
    "shadow": "onclick=\"h.shadowRoot.innerHTML = '<i>Pressed</i>'\"",
    "style alone": "popovertarget=o",
    "focus": 'onclick="i.focus()"',
    "scroll": 'onclick="window.scrollTo(0, 0)"',
    "clipboard": "onclick=\"navigator.clipboard.writeText('x').catch(() => {})\"",
    "print": 'onclick="print()"',
    "storage": 'onclick="localStorage.setItem(1, 1)"',
    "already chosen": "aria-pressed=true",
    "request": "onclick=\"fetch('/asked')\"",
    "dialog": "onclick=\"alert('Pressed')\"",
    "window": "onclick=\"window.open('/asked')\"",
    "error": 'onclick="nothing.at.all()"',
    "download": "onclick=\"location = '/file'\"",
    "route": "onclick=\"history.pushState(0, '', '/elsewhere')\"",
    "navigation": "onclick=\"location = '/asked'\"",
}


async def dead(
    visitor: Session, site: WebSite, buttons: dict[str, str], more: str = ""
) -> set[str]:
    listed = "".join(f"<button {does}>{name}</button>" for name, does in buttons.items())
    site.pages |= {
        "/press": f"""<!doctype html><h1>Page</h1>{listed}<p id=p>Text</p><input type=checkbox id=i>
            <div id=h></div><div popover id=o>Over</div>{more}
            <script>h.attachShadow({{mode: 'open'}}).innerHTML = '<i>Shadow</i>'</script>""",
        "/asked": "Asked",
        "/file": Answer("x", headers={"Content-Disposition": "attachment"}),
    }
    await visitor.goto("/press")
    found: set[str] = set()
    for name in buttons:
        button = visitor.page.get_by_role("button", name=name, exact=True)
        press = Press(visitor, button, "button", name)
        await press.begin()
        await button.click()
        await visitor.settle()
        if defect := await press.defect():
            assert defect.message == f'pressing the button "{name}" changes nothing'
            found.add(name)
    return found


async def test_a_button_without_an_effect_is_dead(visitor: Session, site: WebSite) -> None:
    assert await dead(visitor, site, DEAD) == set(DEAD)


async def test_an_effect_of_any_kind_is_seen(visitor: Session, site: WebSite) -> None:
    assert await dead(visitor, site, EFFECTS) == set()


async def test_nothing_is_claimed_where_an_effect_may_be_painted(
    visitor: Session, site: WebSite
) -> None:
    paints = {"draw": "onclick=\"c.getContext('2d').fillRect(0, 0, 9, 9)\""}
    assert await dead(visitor, site, paints, "<canvas id=c></canvas>") == set()
