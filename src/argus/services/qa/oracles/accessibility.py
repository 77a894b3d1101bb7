"""What axe-core finds: violations of WCAG 2.2, levels A and AA.

axe-core 4.14.1 (MPL-2.0) lies in `vendor`, unchanged. It runs in a world of its own beside the
page, so that neither sees the other's variables and no policy of the page forbids it.
"""

from collections.abc import Iterator
from importlib import resources

from argus.kernel.schema import Value
from argus.services.qa.browser.session import Session
from argus.services.qa.oracles.defect import Defect, seen
from argus.services.qa.outcome import Severity

MOST_ELEMENTS = 6_000
"""Larger pages are not examined: axe-core's time grows with them, to seconds."""

_AXE = resources.files("argus.services.qa.oracles").joinpath("vendor/axe-core/axe.min.js")
_RUN = """(async () => {
  // Of long tables and lists the first rows stand for all: they take most of the time.
  const rest = "table:has(tr:nth-of-type(12)) tr:nth-of-type(n+5)," +
    ":is(ul,ol):has(> li:nth-of-type(12)) > li:nth-of-type(n+5)";
  const context = { include: [document], exclude: [...document.querySelectorAll(rest)] };
  const found = await axe.run(context, {
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    resultTypes: ["violations"], iframes: false, preload: false, elementRef: false,
  });
  return found.violations.map((rule) => ({
    rule: rule.id, impact: rule.impact || "minor", help: rule.help,
    elements: rule.nodes.slice(0, 5).map((node) => node.target.flat().join(" ")),
    count: rule.nodes.length,
  }));
})()"""


class Violation(Value):
    """A rule that elements of the page break."""

    rule: str
    impact: str
    help: str
    elements: tuple[str, ...]
    """CSS selectors of the first ones."""
    count: int


class Accessibility:
    """axe-core, read once."""

    def __init__(self) -> None:
        self._script = _AXE.read_text("utf-8")

    async def examine(self, session: Session) -> Iterator[Defect]:
        """The violations of the page as it is now, each rule once.

        Raises:
            PageUnresponsive: it took too long, or the page does not answer.
            playwright.async_api.Error: the page navigated meanwhile.
        """
        if not await session.evaluate_apart("'axe' in globalThis"):
            await session.evaluate_apart(self._script)
        found = await session.evaluate_apart(_RUN)
        return (_defect(Violation.model_validate(each), session.url) for each in found)


def _defect(violation: Violation, url: str) -> Defect:
    where = "1 element" if violation.count == 1 else f"{violation.count} elements"
    heavy = violation.impact in ("serious", "critical")
    return Defect(
        kind="accessibility",
        severity=Severity.MEDIUM if heavy else Severity.LOW,
        url=url,
        message=f"{violation.help} ({violation.rule}, {violation.impact}, {where})",
        signature=violation.rule,
        evidence=tuple(seen(url, selector) for selector in violation.elements),
    )
