"""Which access tokens machines were issued, told to audit in sums (ADR 0022)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from argus.contracts.auth.events import AccessTokensIssued
from argus.kernel.db.unit_of_work import Database
from argus.kernel.ids import OrganizationId
from argus.kernel.principal import AuthenticationMethod, Principal, PrincipalKind, system


@dataclass(frozen=True, slots=True)
class Issuance:
    """What tokens have in common that are told of together."""

    organization_id: OrganizationId
    subject: str
    client_id: str
    grant: str
    scopes: tuple[str, ...]
    audience: str
    address: str
    """Of who asked for them."""


@dataclass(slots=True)
class _Sum:
    count: int
    first: UUID
    last: UUID
    first_at: datetime
    last_at: datetime


class Issuances:
    """Counts in memory, so that issuing a token writes nothing. What was noted and not yet written
    when the process is killed is lost; a database that does not answer loses nothing, unless the
    process stops meanwhile.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._sums: dict[Issuance, _Sum] = {}

    def note(self, issuance: Issuance, token_id: UUID, at: datetime) -> None:
        """A token was signed, and is about to be sent."""
        known = self._sums.get(issuance)
        if known is None:
            self._sums[issuance] = _Sum(1, token_id, token_id, at, at)
        else:
            known.count += 1
            known.last, known.last_at = token_id, at

    async def write(self) -> None:
        """Tell what was noted since the last time; to be called now and then."""
        if not self._sums:
            return
        sums, self._sums = self._sums, {}
        written = False
        try:
            async with self._database.unit_of_work(system("auth")) as uow:
                for issuance, each in sums.items():
                    uow.principal = _principal(issuance)
                    await uow.emit(_told(issuance, each))
            written = True
        finally:
            if not written:
                self._take_back(sums)

    def _take_back(self, sums: dict[Issuance, _Sum]) -> None:
        for issuance, later in self._sums.items():
            earlier = sums.get(issuance)
            if earlier is None:
                sums[issuance] = later
            else:
                earlier.count += later.count
                earlier.last, earlier.last_at = later.last, later.last_at
        self._sums = sums


def _principal(issuance: Issuance) -> Principal:
    return Principal(
        PrincipalKind.SERVICE_ACCOUNT,
        issuance.subject,
        issuance.organization_id,
        method=AuthenticationMethod.SERVICE_ACCOUNT,
        address=issuance.address,
        credential=issuance.client_id,
    )


def _told(issuance: Issuance, each: _Sum) -> AccessTokensIssued:
    return AccessTokensIssued(
        subject=issuance.subject,
        client_id=issuance.client_id,
        grant=issuance.grant,
        scopes=[*issuance.scopes],
        audience=issuance.audience,
        count=each.count,
        first_token_id=str(each.first),
        last_token_id=str(each.last),
        first_at=each.first_at,
        last_at=each.last_at,
    )
