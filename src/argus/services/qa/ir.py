"""The step IR: one versioned JSON form for crawler, planner, executor, healer and exporter.

A `Suite` is what `--save-suite` writes and `--suite` replays. Strings marked *template* may hold
`${name}`, which the executor replaces by the value of the test's variable `name`; the value is new
in each execution, so a test never meets the data of an earlier one. Secrets never stand in a suite:
a step refers to one by `Secret`.
"""

from collections import Counter
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from argus.kernel.schema import Value
from argus.services.qa.expectation import Expectation, QueryCount, QueryRow, Withheld
from argus.services.qa.target import Target

SCHEMA_VERSION = 1

NOBODY = "nobody"
"""The role of whoever is not signed in."""


LOGIN_PASSWORD = "login.password"
"""The secret that is the user's password."""


class Secret(Value):
    """A value that only the executor knows, by name (`login.password`)."""

    secret: str


class Action(StrEnum):
    """What a step does."""

    GOTO = "goto"
    """`value`: URL path relative to the application, a *template*."""
    CLICK = "click"
    DOUBLE_CLICK = "double_click"
    FILL = "fill"
    SELECT = "select"
    """`value`: the option's label."""
    CHECK = "check"
    UNCHECK = "uncheck"
    UPLOAD = "upload"
    """`value`: the name of a file, a *template*; its ending says what is made up for it."""
    PRESS = "press"
    """`value`: a key name as in Playwright (`Enter`)."""
    HOVER = "hover"
    RELOAD = "reload"
    BACK = "back"
    LIFT_LIMITS = "lift_limits"
    """The page's forms no longer check what is typed: it is sent as it is."""
    VERIFY = "verify"
    """Does nothing: carries expectations only."""
    REQUEST = "request"
    """Sends `request`, beside the page."""


ELEMENT_ACTIONS = frozenset(
    {
        Action.CLICK,
        Action.DOUBLE_CLICK,
        Action.FILL,
        Action.SELECT,
        Action.CHECK,
        Action.UNCHECK,
        Action.UPLOAD,
        Action.HOVER,
    }
)
"""These are done to the element that the step names."""
PAGE_ACTIONS = frozenset({Action.GOTO, Action.RELOAD, Action.BACK, Action.LIFT_LIMITS})
"""These are done to the page as a whole."""


class HttpRequest(Value):
    """A request to the application's own host, with the session of the step's role.

    Redirects are not followed.

    Headers and `body` are *templates*. In a body that is JSON, values are escaped as JSON is:
    `{"title": "${title}", "amount": ${amount}}`.
    """

    method: str
    path: str
    """*template*, relative to the application"""
    headers: dict[str, str | Secret] = Field(default_factory=dict[str, str | Secret])
    body: str = ""
    keep: dict[str, str] = Field(default_factory=dict[str, str])
    """By name of a value that later steps may use: where it stands in the answer (RFC 6901)."""


class Phase(StrEnum):
    """What a step is for: cleanup cannot make a test fail, and runs whatever happened before."""

    SETUP = "setup"
    ACT = "act"
    ASSERT = "assert"
    CLEANUP = "cleanup"


class Step(Value):
    """One action and what must hold after it. `id` is unique in the test and survives healing."""

    id: str
    action: Action
    target: Target | None = None
    value: str | Secret | None = None
    request: HttpRequest | None = None
    expect: tuple[Expectation, ...] = ()
    keep: str = ""
    """Name by which later steps know what the element holds after the step; empty: by none."""
    as_role: str = ""
    """Whose session asks for what the step changes; empty: the user's, who does all the rest.
    A request may also be that of `NOBODY`.
    """
    phase: Phase = Phase.ACT
    pre_state: str = ""
    post_state: str = ""
    post_url: str = ""
    """URL template seen after the step when it was recorded."""

    @model_validator(mode="after")
    def _is_possible(self) -> Self:
        if (self.request is not None) is not (self.action is Action.REQUEST):
            raise ValueError("a request is sent by the action `request`, and by no other")
        if self.request is not None and (self.target, self.value) != (None, None):
            raise ValueError("a request has neither target nor value")
        if self.target is None and self.action in ELEMENT_ACTIONS:
            raise ValueError(f"{self.action.value} is done to an element: it needs a target")
        if self.target is not None and self.action in PAGE_ACTIONS:
            raise ValueError(f"{self.action.value} is done to the page: it has no target")
        if self.keep and self.target is None:
            raise ValueError("what is kept is what an element holds: it needs a target")
        return self


class VariableKind(StrEnum):
    """What a made-up value is, so that an application takes it."""

    TEXT = "text"
    EMAIL = "email"
    URL = "url"
    NUMBER = "number"
    DATE = "date"
    TIME = "time"
    DATETIME = "datetime"
    PHONE = "phone"
    COLOR = "color"
    PASSWORD = "password"
    PART = "part"
    """The text of the variable `source` without its first and last letter."""
    SWAPPED_PART = "swapped_part"
    """The same with capitals for small letters, and the other way round."""


class Variable(Value):
    """How a test's value is made. `unique` values differ in each execution and carry a marker."""

    kind: VariableKind
    label: str = ""
    unique: bool = False
    min: str = ""
    max: str = ""
    min_length: int = 0
    max_length: int = 60
    pattern: str = ""
    source: str = ""
    """Of a part: the name of the variable that it is taken from."""


class Flow(StrEnum):
    """What a test tries with the application's records or pages."""

    CREATE = "create"
    READ = "read"
    UPDATE = "update"
    DELETE = "delete"
    VALIDATE = "validate"
    CANCEL = "cancel"
    SEARCH = "search"
    NAVIGATE = "navigate"


class Case(Value):
    """A row of a test's table. `values` are *templates*, in which made-up values may stand."""

    name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,40}$")]
    values: dict[str, str]


class Test(Value):
    """A self-contained test: it makes the data it needs and removes what it made where it can.

    With `cases` it is one test for each of them, see `runnable`.
    """

    id: str
    name: str
    flow: Flow
    entity: str = ""
    """URL template of the collection; in a single-page application its list's accessible name."""
    priority: float = 0.5
    variables: dict[str, Variable] = Field(default_factory=dict)
    cases: tuple[Case, ...] = ()
    steps: tuple[Step, ...]

    @model_validator(mode="after")
    def _is_a_table(self) -> Self:
        if len({case.name for case in self.cases}) < len(self.cases):
            raise ValueError("each case has a name of its own")
        if any(case.values.keys() != self.cases[0].values.keys() for case in self.cases):
            raise ValueError("each case gives the same values")
        return self

    @property
    def roles(self) -> frozenset[str]:
        """Who takes part beside the user."""
        named = (e.role for step in self.steps for e in step.expect if isinstance(e, Withheld))
        acting = (step.as_role for step in self.steps)
        return frozenset((*named, *acting)) - {"", NOBODY}

    @property
    def asks_database(self) -> bool:
        """Whether it expects something of the application's own database."""
        promised = (each for step in self.steps for each in step.expect)
        return any(isinstance(each, QueryCount | QueryRow) for each in promised)

    @property
    def secrets(self) -> frozenset[str]:
        """The names of the secrets that its steps use."""
        return _secrets_in(self.steps)


def _secrets_in(steps: tuple[Step, ...]) -> frozenset[str]:
    typed = (step.value for step in steps)
    sent = (each for s in steps if s.request for each in s.request.headers.values())
    return frozenset(each.secret for each in (*typed, *sent) if isinstance(each, Secret))


class Login(Value):
    """How to sign in: steps that use `Secret(secret="login.password")`, and a sign of success."""

    username: str
    steps: tuple[Step, ...]

    @model_validator(mode="after")
    def _signs_in(self) -> Self:
        if not self.steps:
            raise ValueError("signing in takes at least one step")
        if any(step.as_role for step in self.steps):
            raise ValueError("nobody else takes part in signing in: its steps have no role")
        return self


class Suite(Value):
    """Everything a replay needs; nothing in it is secret."""

    schema_version: Literal[1] = SCHEMA_VERSION
    app_url: str
    seed: int
    login: Login | None = None
    tests: tuple[Test, ...]

    @model_validator(mode="after")
    def _tells_tests_apart(self) -> Self:
        ids = [Counter(test.id for test in tests) for tests in (self.tests, self.runnable())]
        if twice := sorted({id_ for counted in ids for id_, n in counted.items() if n > 1}):
            raise ValueError(f"several tests have the id {', '.join(twice)}")
        return self

    @property
    def secrets(self) -> frozenset[str]:
        """The names of the secrets that its tests use, and its sign-in beside the password."""
        signing_in = _secrets_in(self.login.steps) if self.login else frozenset[str]()
        return (signing_in - {LOGIN_PASSWORD}).union(*(test.secrets for test in self.tests))

    def runnable(self) -> tuple[Test, ...]:
        """The tests to execute: those with cases once for each, with an id and name of its own."""
        return tuple(
            test.model_copy(
                update={
                    "id": f"{test.id}.{case.name}",
                    "name": f"{test.name} ({case.name})",
                    "cases": (case,),
                }
            )
            if case
            else test
            for test in self.tests
            for case in test.cases or (None,)
        )
