"""A page is at rest as soon as nothing is pending, and not before."""

from collections.abc import Awaitable, Callable

import pytest

from argus.services.qa.browser.session import Session

Show = Callable[[str], Awaitable[None]]
LATER = {
    "a timer": "setTimeout(() => done(), 15)",
    "a timer that sets another": "setTimeout(() => setTimeout(() => done(), 10), 5)",
    "frames": (
        "(function frame(left) { left ? requestAnimationFrame(() => frame(left - 1)) : done() })(2)"
    ),
    "a framework's turn": (
        "const { port1, port2 } = new MessageChannel();"
        " port1.onmessage = done; port2.postMessage(1)"
    ),
    "an answer": "fetch('/').then((answer) => answer.text()).then(done)",
    "an answer of the older kind": (
        "const r = new XMLHttpRequest(); r.onload = done; r.open('GET', '/'); r.send()"
    ),
    "a promise": "Promise.resolve().then(done)",
}


@pytest.mark.parametrize("script", LATER.values(), ids=LATER)
async def test_what_a_script_is_about_to_show_is_waited_for(
    session: Session, show: Show, script: str
) -> None:
    await show("<p id=p>waiting</p>")
    await session.page.evaluate(
        f"() => {{ window.done = () => {{ p.textContent = 'done' }}; {script} }}"
    )
    seen = await session.settle_and_look(30, "() => p.textContent", None)
    assert seen in {"done", None}  # None where it came to rest later
    assert await session.page.text_content("#p") == "done"


async def test_a_page_that_a_link_leads_to_is_waited_for(session: Session, show: Show) -> None:
    await show("<a href=/add>Add</a>")
    await session.page.click("a")
    await session.settle_and_look(30, "() => null", None)
    assert session.url.endswith("/add")


async def test_what_is_called_off_or_due_much_later_keeps_nobody_waiting(
    session: Session, show: Show
) -> None:
    await show("<p>still</p>")
    await session.page.evaluate(
        "() => { clearTimeout(setTimeout(() => {}, 900)); setTimeout(() => {}, 3_000_000) }"
    )
    nothing = "() => window[Symbol.for('argus.pending')].nothing()"
    assert await session.page.evaluate(nothing)
    await session.page.evaluate("() => { setTimeout(() => {}, 900) }")
    assert not await session.page.evaluate(nothing)


async def test_scripts_get_what_they_would_without_us(session: Session, show: Show) -> None:
    await show("<p id=p></p>")
    told = await session.page.evaluate(
        """() => new Promise((resolve) => {
          setTimeout(function (...given) {
            requestAnimationFrame(async (now) => {
              const failed = await fetch("http://127.0.0.1:1/").catch(() => "refused");
              const worker = new Worker(URL.createObjectURL(new Blob(["postMessage(1)"])));
              resolve([this === window, given, typeof now, failed, worker instanceof Worker]);
            });
          }, 1, "a", "b");
        })"""
    )
    assert told == [True, ["a", "b"], "number", "refused", True]
