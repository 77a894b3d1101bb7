"""What the API takes and gives for discovery sessions."""

from pydantic import Field

from argus.kernel.schema import Request, Response
from argus.services.qa.runs.schemas import ExcludedPaths, RunView
from argus.services.qa.target_access import SignedInRoles, TargetLogin, TargetRole


class StartSession(Request):
    """What to discover, and how far.

    With `environment`, a name or an identifier, in place of `app_url`, the address is the
    environment's, and so are the user and the roles that are left out.
    """

    app_url: str = Field(default="", max_length=2000, examples=["http://127.0.0.1:8000"])
    environment: str | None = Field(default=None, min_length=1, max_length=60)
    login: TargetLogin | None = None
    roles: SignedInRoles = Field(default_factory=list[TargetRole])
    """Who else there is: what they get is compared with what the user gets."""
    max_pages: int = Field(default=50, ge=1, le=1000)
    time_budget_s: int = Field(default=600, ge=10, le=7200)
    read_only: bool = False
    exclude: ExcludedPaths = Field(default_factory=list[str])
    """What is left alone: nothing there is opened or asked for."""


class SessionView(RunView):
    """A session, which is a run with the goal `discover`. `pages` is null until it has ended."""

    pages: list[str] | None
    """Addresses with identifiers folded, such as `/orders/{id}`."""


class SessionPage(Response):
    """Newest first. `next_cursor` continues; null at the end."""

    sessions: list[RunView]
    next_cursor: str | None
