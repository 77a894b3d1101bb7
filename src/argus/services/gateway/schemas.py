"""What the tools take and give; the descriptions are for models that call them."""

from datetime import datetime
from typing import Any

from pydantic import AwareDatetime, Field

from argus.kernel.schema import Request, Response


class ValidateToken(Request):
    token: str = Field(min_length=1, max_length=20_000, description="An access token or API key.")
    audience: str = Field(
        default="", max_length=2000, description="Whom the token must be for; empty: Argus itself."
    )


class TokenOwner(Response):
    kind: str = Field(description="user, service_account or agent")
    id: str
    organization_id: str
    roles: list[str]
    scopes: list[str] | None = Field(description="null: not limited by scopes")
    permissions: list[str] = Field(description="What the credential may really do.")
    method: str
    actors: list[str] = Field(description="Who acts for the principal, outermost first.")
    client_id: str
    credential: str = Field(description="The session or API key, by its id.")


class TokenAnswer(Response):
    active: bool
    reason: str = Field(description="Why not; empty when active.")
    principal: TokenOwner | None
    expires_at: datetime | None = Field(description="null: no expiry")


class CheckEntitlement(Request):
    feature: str = Field(
        max_length=100, pattern="^[a-z0-9_]+$", description="Name of the feature or meter: qa_runs."
    )
    quantity: int = Field(
        default=1, ge=1, le=10**9, description="How much is about to be used, where it is counted."
    )


class Entitlement(Response):
    allowed: bool
    reason: str = Field(description="One sentence: why, or why not.")
    tier: str = Field(description="The tier the organization is on.")
    limit: int = Field(description="-1: unlimited, or not counted")
    used: int = Field(description="This month, where it is counted.")
    cheapest_tier: str = Field(description="When not allowed: the cheapest tier that has it.")
    price_minor: int = Field(description="That tier's price per month, in minor units.")
    currency: str = Field(description="ISO 4217")


class UsageEvent(Request):
    id: str = Field(min_length=1, max_length=200, description="Unique within the source, for good.")
    source: str = Field(min_length=1, max_length=100, description="Who counts: the service's name.")
    meter: str = Field(min_length=1, max_length=100, description="What was used: api_calls.")
    quantity: int = Field(default=1, ge=0, le=10**12, description="How much, in whole units.")
    occurred_at: AwareDatetime | None = Field(default=None, description="When; absent: now.")


class RecordUsage(Request):
    events: list[UsageEvent] = Field(min_length=1, max_length=1000, description="What was used.")


class UsageRecorded(Response):
    accepted: int
    duplicates: int = Field(description="Counted before, or twice in this call: not counted again.")
    unmatched: int = Field(description="Accepted, of a meter that no tier knows: never billed.")


class RunTests(Request):
    app_url: str = Field(
        default="",
        max_length=2000,
        description="Address of the web application to test, unless environment has it.",
        examples=["http://127.0.0.1:8000"],
    )
    environment: str = Field(
        default="",
        max_length=60,
        description="Name of an environment of the organization, instead of app_url: its address, "
        "users, variables and secrets are used, and it may be read-only.",
        examples=["staging"],
    )
    max_pages: int = Field(default=50, ge=1, le=1000, description="How many pages to explore.")
    time_budget_s: int = Field(default=600, ge=10, le=7200, description="For the whole run.")
    read_only: bool = Field(
        default=False, description="Only look: no form is sent, nothing is created or deleted."
    )
    seed: int = Field(
        default=0, ge=0, lt=2**53, description="The same seed takes the same decisions."
    )


class RunStarted(Response):
    run_id: str = Field(description="Ask get_run about it.")


class GetRun(Request):
    run_id: str = Field(max_length=100, description="From run_tests: run_…")


class Run(Response):
    run_id: str
    status: str = Field(description="queued, running, passed, failed or error")
    app_url: str
    tests_passed: int
    tests_failed: int
    report: dict[str, Any] | None = Field(
        description="Tests, findings and evidence; null until the run has ended."
    )
    error: str = Field(description="What went wrong when the status is error.")
