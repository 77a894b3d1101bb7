"""Pages that show more as one scrolls: a few screens of them, and what they load when seen."""

from argus.services.qa.browser.session import Session

MOST_SCREENS = 3

_TO_THE_END = """(before) => {
  const root = document.scrollingElement;
  if (!root || !window[Symbol.for("argus.unrolls")]) return 0;
  const grows = root.scrollHeight > Math.max(before, innerHeight);
  root.scrollTo(0, grows ? root.scrollHeight : 0);
  return grows ? root.scrollHeight : 0;
}"""


async def unroll(session: Session) -> None:
    """Scroll to the end while the page grows, three times at most, and back to its beginning.

    A page that watches neither its scroll position nor what is in view is left alone.

    Raises:
        PageUnresponsive, playwright.async_api.Error: the page does not answer.
    """
    height = 0
    for _ in range(MOST_SCREENS):
        height = await session.evaluate(_TO_THE_END, height)
        if not height:
            return
        await session.settle()
    await session.evaluate("scrollTo(0, 0)")
