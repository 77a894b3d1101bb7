"""What an application lays over its page at the start is closed, and nothing is agreed to."""

import pytest

from argus.services.qa.browser.overlay import Control, closing, uncover
from argus.services.qa.browser.session import Session
from argus.services.qa.execution.perform import perform
from argus.services.qa.ir import Action, Step
from support.website import WebSite

PAGE = """<style>.over { position: absolute; inset: 0; z-index: 9 }
  .box { position: absolute; inset: 200px; z-index: 10 }</style>
<h1>Desk</h1>
<button onclick="told.textContent = 'pressed'">One</button> <button>Two</button>
<button>Three</button> <button>Four</button> <button>Five</button>
<button>Six</button> <button>Seven</button> <p id=told></p>
<script>
  const close = () => document.querySelectorAll('.over, .box').forEach((each) => each.remove());
  const lay = (box) => document.body.insertAdjacentHTML('beforeend',
    `<div class=over></div><div class=box>${box}</div>`);
  const post = () => fetch('/agreed', { method: 'POST' }).catch(() => {});
</script>"""
TOUR = """<script>
  const tour = () => { lay('<h2>Welcome</h2><button>Take the tour</button>');
    onkeydown = (event) => event.key === 'Escape' && close(); };
</script>"""
QUESTION = """<script>
  const ask = (then) => {
    lay('<h2>News?</h2><button id=yes>Yes, please</button><button id=no>No</button>');
    yes.onclick = post; no.onclick = () => { close(); then && then(); }; };
</script>"""


def control(name: str, hint: str = "", role: str = "button") -> Control:
    return Control(path=name or hint, role=role, name=name, hint=hint, asks=False)


@pytest.mark.parametrize(
    ("controls", "chosen"),
    [
        ([control("Yes, enable"), control("No, do not enable")], "No, do not enable"),
        ([control("Start"), control("", "button small fa fa-times")], "button small fa fa-times"),
        ([control("No thanks"), control("Skip")], "Skip"),
        ([control("Reject all"), control("Accept all")], "Reject all"),
        ([control("Accept all"), control("Show times"), control("OK")], ""),
        ([control("Not again", role="checkbox")], ""),
    ],
)
def test_what_only_closes_comes_first_then_what_says_no_and_nothing_is_agreed_to(
    controls: list[Control], chosen: str
) -> None:
    found = closing(controls)
    assert (found.path if found else "") == chosen


@pytest.mark.parametrize(
    ("name", "pressed"),
    [
        *[
            (name, False)
            for name in (
                "Agree and close", "Accept & close", "OK, got it", "Close account",
                "Skip and buy", "Save and close", "Disable account", "Continue without saving",
                "Continue without an account", "Yes, and don't ask again", "Never miss an update",
                "Don't miss out: allow notifications", "No account? Sign up", "No, delete it",
                "Log out and close", "Delete and close", "Close and sign out", "No, log me out",
                "No, sign out", "Close and publish", "Hide and block",
            )
        ],
        *[
            (name, True)
            for name in (
                "Continue without accepting", "Reject all", "Not now", "No, thanks", "Close",
                "Skip tour", "Got it", "Maybe later", "Don’t allow", "I do not agree", "×",
                "Close ×", "Dismiss", "No, do not enable",
            )
        ],
    ],
)  # fmt: skip
def test_what_agrees_or_does_more_is_not_pressed_though_it_also_closes(
    name: str, *, pressed: bool
) -> None:
    assert (closing([control(name)]) is not None) is pressed


async def test_a_tour_is_closed_and_what_was_under_it_can_be_pressed(
    visitor: Session, site: WebSite
) -> None:
    site.pages["/"] = f"{PAGE}{TOUR}<script>tour()</script>"
    await visitor.goto("/")
    await uncover(visitor, reads=())
    await visitor.page.click("text=One", timeout=20_000)
    assert await visitor.page.text_content("#told") == "pressed"


async def test_a_question_that_comes_late_is_answered_no_and_so_is_what_it_leads_to(
    visitor: Session, site: WebSite
) -> None:
    start = "setTimeout(() => ask(() => { post(); setTimeout(tour, 100) }), 200)"
    site.pages["/"] = f"{PAGE}{TOUR}{QUESTION}<script>{start}</script>"
    await visitor.goto("/")
    await uncover(visitor, reads=())
    assert await visitor.page.locator(".over").count() == 0
    assert [each.path for each in site.asked if each.method == "POST"] == []


@pytest.mark.parametrize(
    ("box", "script"),
    [
        (
            "<h2>Sign up</h2><label>Name <input></label>",
            "onkeydown = (event) => event.key === 'Escape' && close()",
        ),
        ("<h2>Terms</h2><button id=yes>Accept</button>", "yes.onclick = () => close()"),
    ],
    ids=["a form", "what has to be agreed to"],
)
async def test_what_asks_for_more_than_attention_stays(
    visitor: Session, site: WebSite, box: str, script: str
) -> None:
    site.pages["/"] = f"{PAGE}<script>lay('{box}'); {script}</script>"
    await visitor.goto("/")
    await uncover(visitor, reads=())
    assert await visitor.page.locator(".box").count() == 1


async def test_a_page_that_a_step_opens_sends_nothing_when_it_is_uncovered(
    visitor: Session, site: WebSite
) -> None:
    told = "fetch('/told', { method: 'POST' })"
    site.pages["/"] = f"{PAGE}{QUESTION}<script>{told}; ask(post)</script>"
    outcome = await perform(visitor, Step(id="1", action=Action.GOTO, value="/"), {}, {})
    assert outcome.failures == ()
    assert await visitor.page.locator(".over").count() == 0
    assert [each.path for each in site.asked if each.method == "POST"] == ["/told"]


async def test_a_note_beside_the_page_stays(visitor: Session, site: WebSite) -> None:
    note = "<div style='position: fixed; right: 0; bottom: 0'>News <button>Close</button></div>"
    site.pages["/"] = PAGE + note
    await visitor.goto("/")
    await uncover(visitor, reads=())
    assert await visitor.page.is_visible("text=News")


async def test_a_dialog_with_an_address_of_its_own_is_a_page(
    visitor: Session, site: WebSite
) -> None:
    leave = "onkeydown = (event) => { close(); history.pushState(null, '', '/'); }"
    photo = f"<script>lay('<h2>Photo</h2><button>Next</button>'); {leave}</script>"
    site.pages["/photo"] = PAGE + photo
    await visitor.goto("/photo")
    await uncover(visitor, reads=())
    assert visitor.url.endswith("/photo")
    assert await visitor.page.is_visible("text=Photo")
