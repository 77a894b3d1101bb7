"""What axe-core finds: violations of WCAG 2.2, levels A and AA.

axe-core 4.14.1 (MPL-2.0) lies in `vendor`, unchanged. It runs in a world of its own beside the
page, so that neither sees the other's variables and no policy of the page forbids it.
"""

from importlib import resources
from typing import ClassVar

from argus.kernel.schema import Value
from argus.services.qa.agent import Agent
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
  // What was examined before, and shows still, is not examined again: of an editor only its menu.
  const known = (globalThis.examined ??= new WeakSet());
  const shown = [...document.querySelectorAll("*")].filter((el) => el.checkVisibility());
  const fresh = new Set(shown.filter((el) => !known.has(el)));
  const isIn = ({ parentElement: up }) => !!up && (fresh.has(up) || isIn(up));
  const roots = [...fresh].filter((el) => !isIn(el));
  for (const el of fresh) if (!el.shadowRoot) known.add(el);
  if (!roots.length) return [];
  const context = { include: roots, exclude: [...document.querySelectorAll(rest)] };
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


class AccessibilityChecker(Agent[Session, list[Defect]]):
    """Finds what keeps people out who use a page otherwise than most; axe-core, read once.

    Of a document that it has examined before it examines what has come up since.
    """

    name: ClassVar[str] = "AccessibilityChecker"

    def __init__(self) -> None:
        self._script = _AXE.read_text("utf-8")

    async def work(self, given: Session, budget_s: float) -> list[Defect]:  # noqa: ARG002 - the session has limits
        """The violations of the page that is open, each rule once.

        Raises:
            PageUnresponsive: it took too long, or the page does not answer.
            playwright.async_api.Error: the page navigated meanwhile.
        """
        if not await given.evaluate_apart("'axe' in globalThis"):
            await given.evaluate_apart(self._script)
        found = await given.evaluate_apart(_RUN)
        return [_defect(Violation.model_validate(each), given.url) for each in found]


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
