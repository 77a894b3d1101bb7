"""The step IR: one versioned JSON form for crawler, planner, executor, healer and exporter.

A `Suite` is what `--save-suite` writes and `--suite` replays. Strings marked *template* may hold
`${name}`, which the executor replaces by the value of the test's variable `name`; the value is new
in each execution, so a test never meets the data of an earlier one. Secrets never stand in a suite:
a step refers to one by `Secret`.
"""

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from argus.kernel.schema import Value

SCHEMA_VERSION = 1

NOBODY = "nobody"
"""The role of whoever is not signed in."""

Box = tuple[float, float, float, float]
"""x, y, width, height in CSS pixels, relative to the document."""


class Fingerprint(Value):
    """What an element was when it was last used with success: the input of relocation (Similo).

    `text` and `name` are whitespace-normalised and cut at 200 characters; they are *templates*.
    `neighbor_text` holds the words of elements within 50 px. `xpath` is absolute; `id_xpath` starts
    at the nearest ancestor with an id.
    """

    tag: str
    type: str = ""
    role: str = ""
    name: str = ""
    text: str = ""
    attributes: dict[str, str] = Field(default_factory=dict)
    neighbor_text: str = ""
    xpath: str = ""
    id_xpath: str = ""
    box: Box = (0, 0, 0, 0)
    is_button: bool = False
    form_label: str = ""
    """Accessible name of the nearest form, dialog or landmark around the element."""
    siblings: int = 0
    """How many elements of the same shape share the element's list or table."""


class LocatorKind(StrEnum):
    """What a locator goes by; named after Playwright's."""

    TEST_ID = "test_id"
    ROLE = "role"
    LABEL = "label"
    PLACEHOLDER = "placeholder"
    ALT = "alt"
    TITLE = "title"
    TEXT = "text"
    CSS = "css"
    XPATH = "xpath"


class Locator(Value):
    """One way to find an element. `value` is a *template*; for `role` it is the accessible name."""

    kind: LocatorKind
    value: str
    role: str = ""
    exact: bool = True


class Row(Value):
    """The one item of a repeated structure (table row, list item, card) that shows `text`."""

    text: str
    """*template*"""


class Target(Value):
    """The element a step acts on: ranked locators (best first) and the fingerprint behind them.

    With `row`, locators are resolved inside that row, not in the page.
    """

    description: str
    """For people: `button "Save"`."""
    locators: tuple[Locator, ...]
    fingerprint: Fingerprint
    row: Row | None = None


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
    PRESS = "press"
    """`value`: a key name as in Playwright (`Enter`)."""
    HOVER = "hover"
    RELOAD = "reload"
    BACK = "back"
    VERIFY = "verify"
    """Does nothing: carries expectations only."""
    REQUEST = "request"
    """Sends `request`, beside the page."""


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


class TextPresent(Value):
    """Some visible text of the page, or the value of one of its fields, contains `text`."""

    kind: Literal["text_present"] = "text_present"
    text: str
    oracle: str


class TextAbsent(Value):
    """No visible text of the page, and no value of one of its fields, contains `text`."""

    kind: Literal["text_absent"] = "text_absent"
    text: str
    oracle: str


class RowCount(Value):
    """Exactly `count` rows show `text`."""

    kind: Literal["row_count"] = "row_count"
    text: str
    count: int
    oracle: str


class FieldValue(Value):
    """The field holds `value` (for a select: the label of the chosen option).

    A number may be written otherwise (`12` and `12.0`).
    """

    kind: Literal["field_value"] = "field_value"
    target: Target
    value: str
    oracle: str


class AtUrl(Value):
    """The page's URL template (numbers, UUIDs and slugs folded) equals `template`."""

    kind: Literal["at_url"] = "at_url"
    template: str
    oracle: str


class Mutation(Value):
    """The step sends a state-changing request to `url_template`; it is answered below 400."""

    kind: Literal["mutation"] = "mutation"
    method: str
    url_template: str
    oracle: str


class NoMutation(Value):
    """The step sends no state-changing request that is answered with a redirect or 201/204."""

    kind: Literal["no_mutation"] = "no_mutation"
    oracle: str


class ValidationError(Value):
    """The page says that input is wrong: `:invalid`, `aria-invalid`, an alert, or an error text."""

    kind: Literal["validation_error"] = "validation_error"
    oracle: str


class ElementPresent(Value):
    """The element is on the page. It is never healed: that it is there is what is tested."""

    kind: Literal["element_present"] = "element_present"
    target: Target
    oracle: str


class Gone(Value):
    """Opening the URL that step `step` led to answers 404 or 410, or redirects elsewhere."""

    kind: Literal["gone"] = "gone"
    step: str
    oracle: str


class TotalAddsUp(Value):
    """The number with that label is the sum of a column of the page, if the page shows all."""

    kind: Literal["total_adds_up"] = "total_adds_up"
    label: str
    oracle: str


class CountIsRight(Value):
    """The number with that label is how many rows a list has, if the page shows all."""

    kind: Literal["count_is_right"] = "count_is_right"
    label: str
    oracle: str


class ColumnMultiplies(Value):
    """In each row, the number below that head is the product of the same two others."""

    kind: Literal["column_multiplies"] = "column_multiplies"
    head: str
    oracle: str


class ColumnInOrder(Value):
    """What stands below that head is in order, up or down, if there is anything to compare."""

    kind: Literal["column_in_order"] = "column_in_order"
    head: str
    oracle: str


class LinkPresent(Value):
    """A visible link leads to `url_template`, whatever it is called."""

    kind: Literal["link_present"] = "link_present"
    url_template: str
    oracle: str


class SignInRequired(Value):
    """Without the user's session, nothing that the step loaded shows `text` (a *template*).

    Where `text` is empty: its page is answered by a redirect or a refusal.
    """

    kind: Literal["sign_in_required"] = "sign_in_required"
    text: str
    oracle: str


class Withheld(Value):
    """With the session of `role`, nothing that the step loaded shows `text` (a *template*)."""

    kind: Literal["withheld"] = "withheld"
    text: str
    role: str
    oracle: str


class QueryCount(Value):
    """The application's database answers `sql` with exactly `count` rows.

    A `${name}` in `sql` is a parameter, and stands without quotes.
    """

    kind: Literal["query_count"] = "query_count"
    sql: str
    count: int
    oracle: str


class QueryRow(Value):
    """The application's database answers `sql` with one row, which reads `row` (*templates*).

    None is NULL, and a number may be written otherwise.
    """

    kind: Literal["query_row"] = "query_row"
    sql: str
    row: tuple[str | None, ...]
    oracle: str


class AnswerStatus(Value):
    """The step's request is answered with `status`."""

    kind: Literal["answer_status"] = "answer_status"
    status: int
    oracle: str


class AnswerValue(Value):
    """The answer is JSON and holds `value` (a *template*) at `pointer` (RFC 6901).

    What is no string is compared as JSON: `true`, `null`; a number may be written otherwise.
    """

    kind: Literal["answer_value"] = "answer_value"
    pointer: str
    value: str
    oracle: str


class AnswerHeader(Value):
    """The answer has the header `header`, which reads `value` (a *template*)."""

    kind: Literal["answer_header"] = "answer_header"
    header: str
    value: str
    oracle: str


Expectation = Annotated[
    TextPresent
    | TextAbsent
    | RowCount
    | FieldValue
    | AtUrl
    | Mutation
    | NoMutation
    | ValidationError
    | ElementPresent
    | Gone
    | TotalAddsUp
    | CountIsRight
    | ColumnMultiplies
    | ColumnInOrder
    | LinkPresent
    | SignInRequired
    | Withheld
    | QueryCount
    | QueryRow
    | AnswerStatus
    | AnswerValue
    | AnswerHeader,
    Field(discriminator="kind"),
]
"""`oracle` names the metamorphic relation in a sentence: "a created record appears in its list"."""


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
    def _sends(self) -> Self:
        if (self.request is not None) is not (self.action is Action.REQUEST):
            raise ValueError("a request is sent by the action `request`, and by no other")
        if self.request is not None and (self.target, self.value) != (None, None):
            raise ValueError("a request has neither target nor value")
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
        typed = (step.value for step in self.steps)
        sent = (each for s in self.steps if s.request for each in s.request.headers.values())
        return frozenset(each.secret for each in (*typed, *sent) if isinstance(each, Secret))


class Login(Value):
    """How to sign in: steps that use `Secret(secret="login.password")`, and a sign of success."""

    username: str
    steps: tuple[Step, ...]


class Suite(Value):
    """Everything a replay needs; nothing in it is secret."""

    schema_version: Literal[1] = SCHEMA_VERSION
    app_url: str
    seed: int
    login: Login | None = None
    tests: tuple[Test, ...]

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
