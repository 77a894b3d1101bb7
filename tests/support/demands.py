"""What an organization demands, set past its interface: an owner cannot lock themselves out."""

from typing import Any

from argus.kernel.ids import parse_id
from support.auth import hear_of
from support.platform import NOW, TestPlatform


def demand(platform: TestPlatform, organization_id: str, **settings: Any) -> None:
    """The organization demands this from now on, and nothing else."""
    columns = {"mfa_required": False, "changed_by": "test", "changed_at": NOW} | settings
    names, marks = ", ".join(columns), ", ".join(["%s"] * len(columns))
    platform.owner_connection.execute(
        "delete from auth.organization_security where organization_id = %s",
        [parse_id("org", organization_id)],
    )
    platform.query(
        f"insert into auth.organization_security (organization_id, {names})"
        f" values (%s, {marks}) returning 1",
        parse_id("org", organization_id),
        *columns.values(),
    )
    hear_of(platform, parse_id("org", organization_id))
