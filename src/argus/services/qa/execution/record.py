"""What the executor saw, as plain values: they are stored, judged and reported elsewhere."""

from enum import StrEnum

from pydantic import Field

from argus.kernel.schema import Value
from argus.services.qa.browser.locate import Resolution
from argus.services.qa.ir import Phase
from argus.services.qa.target import Box


class FailureKind(StrEnum):
    """What went wrong in a step, before anybody judges why."""

    UNRESOLVED = "unresolved"
    """No visible element, or more than one, is the target."""
    NOT_ACTIONABLE = "not_actionable"
    """The element is there but hidden, covered, moving, disabled or not editable."""
    EXPECTATION = "expectation"
    SERVER_ERROR = "server_error"
    """A page or a state-changing request was answered by 5xx."""
    PAGE = "page"
    """A page loops, never loads, or its scripts do not yield."""
    CONNECTION = "connection"
    """Nothing answers at the application's address."""
    DATABASE = "database"
    """The application's database does not answer."""
    MISSING = "missing"
    """What the step needs beside the page is not there: a role's session, a table."""
    BROWSER = "browser"
    """The browser or the page's process ended."""


class Failure(Value):
    """One thing that did not hold. `expectation` is its index in the step, -1 for the action."""

    kind: FailureKind
    message: str
    oracle: str = ""
    expectation: int = -1
    heading: str = ""
    """The page's main heading, where a text is missing."""


class Request(Value):
    """A request worth keeping: a page, a state change, or one that failed."""

    method: str
    url: str
    status: int
    """0: no answer."""
    failure: str = ""
    """The browser's reason (`net::ERR_CONNECTION_RESET`) where there was no whole answer."""
    document: bool = False
    essential: bool = True
    """A page, or a call of its scripts: not an image, font or style sheet."""


class StepOutcome(Value):
    """What happened in one step. `screenshot` is relative to the evidence folder, or empty."""

    step: str
    phase: Phase
    failures: tuple[Failure, ...] = ()
    resolution: Resolution | None = None
    requests: tuple[Request, ...] = ()
    """Pages, state changes, and what was refused or not answered."""
    script_errors: tuple[str, ...] = ()
    dialogs: tuple[str, ...] = ()
    url: str = ""
    url_template: str = ""
    state: str = ""
    """State key, when failing or asked for."""
    box: Box | None = None
    duration_ms: int = 0
    screenshot: str = ""
    kept: dict[str, str] = Field(default_factory=dict[str, str])
    """Values that the step's request was answered, for later steps."""
    tidied: bool = False
    """A step of cleanup, done to an element that its own locators do not find."""

    @property
    def ok(self) -> bool:
        return not self.failures


class TestRun(Value):
    """One execution of a test up to its first failing step. Its cleanup cannot make it fail."""

    test: str
    nonce: str
    values: dict[str, str]
    outcomes: tuple[StepOutcome, ...]
    duration_ms: int

    @property
    def failed(self) -> StepOutcome | None:
        """The step that failed, unless only cleanup did."""
        steps = (o for o in self.outcomes if o.phase is not Phase.CLEANUP and not o.ok)
        return next(steps, None)

    @property
    def ok(self) -> bool:
        return self.failed is None
