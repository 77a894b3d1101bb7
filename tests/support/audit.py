"""The audit log of a running platform."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from argus.kernel.ids import OrganizationId, parse_id
from argus.kernel.principal import Principal, system
from support.platform import Caller, TestPlatform


@dataclass(frozen=True)
class Log:
    """One organization's log, as its owner sees it and as the database's owner tampers with it."""

    platform: TestPlatform
    owner: Caller

    @property
    def principal(self) -> Principal:
        return system("audit", OrganizationId(parse_id("org", self.owner.organization_id)))

    async def record(self, number: int) -> None:
        """Let something happen: `number` of its kind, so events can be told apart."""
        answer = await self.platform.client.post(
            "/api/v1/billing/usage",
            json={"events": [{"id": str(number), "source": "s", "meter": "api_calls"}]},
            headers=self.owner.headers,
        )
        assert answer.status_code == 202, answer.text

    async def get(self, path: str, **params: Any) -> Any:
        answer = await self.platform.client.get(
            f"/api/v1/audit/{path}", params=params, headers=self.owner.headers
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def types(self, **params: Any) -> list[str]:
        """Types of the entries that a search finds, newest first."""
        return [entry["type"] for entry in (await self.get("entries", **params))["entries"]]

    async def verdict(self) -> tuple[bool, str]:
        verdict = await self.get("verify")
        return verdict["valid"], verdict["problem"]

    @contextmanager
    def tampered(self, statement: str) -> Generator[None]:
        """Change the tables as the owner of the database, and put them back afterwards.

        In the statement `%(organization)s` is this organization.
        """
        tables = {
            "audit.entry": "organization_id, seq, event_id, body, previous_hash, hash",
            "audit.chain": "organization_id, entries, head",
        }
        connection = self.platform.owner_connection
        for table, columns in tables.items():
            connection.execute(
                f"create table {table}_kept as select {columns} from {table}".encode()
            )
        changed = connection.execute(
            statement.encode(), {"organization": self.principal.organization_id}
        )
        assert changed.rowcount > 0
        yield
        for table, columns in tables.items():
            connection.execute(f"delete from {table}".encode())
            connection.execute(
                f"insert into {table} ({columns}) select {columns} from {table}_kept".encode()
            )
            connection.execute(f"drop table {table}_kept".encode())
