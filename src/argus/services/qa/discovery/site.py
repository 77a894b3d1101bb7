"""What discovery knows of an application: plain values, so that a run can be checkpointed.

URLs are relative to the application's origin (`/orders/17/?page=2`), templates are those of
`argus.services.qa.urls`, times are seconds. Keys of states are those of `discovery.state`.
"""

from enum import StrEnum

from pydantic import SecretStr

from argus.kernel.schema import Value
from argus.services.qa.discovery.operation import Operation
from argus.services.qa.ir import Login, Step
from argus.services.qa.leads import NO_LEADS, Leads
from argus.services.qa.oracles.vitals import Vitals, VitalsBudget
from argus.services.qa.outcome import DiscoverySummary, Finding
from argus.services.qa.target import Target


class Page(Value):
    """A path of the application with identifiers folded, and the first address it was seen at."""

    url: str
    url_template: str
    title: str
    status: int
    """HTTP status of the document; 0 where a script changed the address without a request."""
    vitals: Vitals | None = None
    """How quickly its first document came and settled; None if none was loaded for it."""


class State(Value):
    """One logical screen. Near-duplicates (two records' edit pages) are one state."""

    key: str
    url: str
    url_template: str
    title: str
    dialog_open: bool
    validation_error: bool
    signed_in: bool
    depth: int
    """Clicks needed after the first page of `path`."""
    path: tuple[Step, ...]
    """Actions that reach the state from nothing: a GOTO, then clicks."""


class Transition(Value):
    """An action that was tried in `source` and led to `target`."""

    source: str
    target: str
    action: Step


class FieldKind(StrEnum):
    """What a field takes; named after HTML's input types where there is one."""

    TEXT = "text"
    TEXTAREA = "textarea"
    RICH_TEXT = "rich_text"
    """A `contenteditable` element."""
    EMAIL = "email"
    URL = "url"
    PHONE = "phone"
    SEARCH = "search"
    PASSWORD = "password"
    NUMBER = "number"
    RANGE = "range"
    DATE = "date"
    TIME = "time"
    DATETIME = "datetime"
    MONTH = "month"
    WEEK = "week"
    COLOR = "color"
    CHECKBOX = "checkbox"
    RADIO = "radio"
    SELECT = "select"
    MULTI_SELECT = "multi_select"
    FILE = "file"
    CHOICE = "choice"
    """What opens a list of options that scripts draw."""
    CALENDAR = "calendar"
    """What opens a calendar that scripts draw."""


class FormField(Value):
    """A visible, enabled field. Bounds stand as written in the page, "" for none."""

    target: Target
    kind: FieldKind
    name: str
    """The `name` attribute: what the request carries."""
    label: str
    """The accessible name, without a trailing colon or asterisk."""
    value: str
    """What the field held when the form was seen; for a select the label of the chosen option."""
    required: bool
    read_only: bool
    placeholder: str
    autocomplete: str
    min: str
    max: str
    step: str
    min_length: int
    max_length: int
    """0 where the page states none."""
    pattern: str
    options: tuple[str, ...]
    """Labels of a select's enabled options with a value, or of a radio group's buttons."""
    accept: str = ""
    """Of a file: which kinds the page lets through, as HTML says it."""


class Submit(Value):
    """A button that submits the form."""

    target: Target
    name: str
    destructive: bool
    """Its words are on the deny list (delete, pay, ...)."""


class Form(Value):
    """A form, or (`implicit`) a text input outside any form which acts on Enter."""

    key: str
    """Hash of method, action template and fields: one form, on however many pages it shows."""
    state: str
    url: str
    url_template: str
    name: str
    """Accessible name or heading of the form; empty where it has none."""
    method: str
    """`GET` or `POST`; `POST` for an implicit form, whose effect is unknown."""
    action_template: str
    """URL template the form is sent to, as declared; the page's own for an implicit form."""
    implicit: bool
    search: bool
    """It only looks things up: a `search` landmark, or GET with one text field."""
    fields: tuple[FormField, ...]
    submits: tuple[Submit, ...]


class Collection(Value):
    """A list, table or set of cards whose items have one shape: where records of one kind show."""

    state: str
    url: str
    url_template: str
    name: str
    """Accessible name or caption of the list, else the page's first heading."""
    container: Target
    row_role: str
    """`row`, `listitem`, or the tag of the repeated element."""
    row_count: int
    columns: tuple[str, ...]
    row_links: tuple[str, ...]
    """URL templates of the links that every row carries."""
    row_controls: tuple[str, ...]
    """`role "name"` of the other controls in the rows (`button "Delete"`, `checkbox "Done"`)."""


class Access(Value):
    """How an address of the application answers each role that was asked for."""

    url: str
    answers: dict[str, int]
    """HTTP status of a GET by role; a redirect is its own status, and mostly means "sign in"."""


class Site(Value):
    """The application as discovered, without anything secret."""

    app_url: str
    login: Login | None
    pages: tuple[Page, ...]
    states: tuple[State, ...]
    transitions: tuple[Transition, ...]
    forms: tuple[Form, ...]
    collections: tuple[Collection, ...]
    api: tuple[Operation, ...] = ()
    description: str = ""
    """Where the API is described; empty where no description was found."""
    access: tuple[Access, ...] = ()
    """Empty where there is but one role."""
    findings: tuple[Finding, ...]
    summary: DiscoverySummary
    stopped_by: str
    """`exhausted`, `max_pages`, `max_actions` or `time_budget`: why discovery ended."""


class Credentials(Value):
    """A user of the application. `login_url`: where to sign in; None: where it redirects to."""

    username: str
    password: SecretStr
    """Masked in every dump: it is handed over, never stored."""
    login_url: str | None = None


class Role(Value):
    """Somebody else who uses the application; without `login`: whoever is not signed in."""

    name: str
    login: Credentials | None = None


NOBODY = Role(name="nobody signed in")


class DiscoveryRequest(Value):
    """What to explore and how far."""

    app_url: str
    login: Credentials | None = None
    max_pages: int = 50
    max_actions: int = 500
    entrance_s: float = 0
    """On a busy machine the first page may take so long, where that is more than the budget."""
    read_only: bool = False
    exclude: tuple[str, ...] = ()
    """Patterns of paths that are left alone (`is_excluded`)."""
    roles: tuple[Role, ...] = ()
    """Asked for what `login` sees; by default, where there is a `login`, nobody signed in."""
    vitals_budget: VitalsBudget = VitalsBudget()
    leads: Leads = NO_LEADS
    """What the application's code says: pages to open besides those that are linked to, and which
    addresses come first.
    """
