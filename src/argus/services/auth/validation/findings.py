"""What was found out about credentials, remembered as long as nothing that it rests on changes."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from argus.contracts.auth.reasons import InactiveReason
from argus.kernel.clock import Clock
from argus.kernel.ids import OrganizationId
from argus.kernel.principal import Principal
from argus.kernel.telemetry import Recalls
from argus.services.auth.organization_security.demands import Demands
from argus.services.auth.revocations.feed import RevocationFeed
from argus.services.auth.revocations.memory import Memory
from argus.services.auth.sha256 import sha256_of

R = TypeVar("R")


@dataclass(frozen=True, slots=True, eq=False)
class Validated:
    """A live credential's principal, and until when that answer holds at most."""

    principal: Principal
    expires_at: datetime | None
    _made: dict[object, Any] = field(default_factory=dict[object, Any], repr=False)

    def made(self, make: Callable[["Validated"], R]) -> R:
        """`make(self)`, made once: how an edge tells this answer."""
        made = self._made.get(make)
        if made is None:
            self._made[make] = made = make(self)
        return made

    def seen_from(self, address: str) -> Principal:
        """The principal, calling from this address."""
        last: Principal | None = self._made.get("from")
        if last is None or last.address != address:
            self._made["from"] = last = replace(self.principal, address=address)
        return last


@dataclass(frozen=True, slots=True, eq=False)
class Finding:
    """All that there is to say of a genuine credential, whoever asks about it."""

    organization_id: OrganizationId
    audience: str
    """Whom it is for."""
    answer: Validated | InactiveReason
    demands: Demands
    """Of its organization."""
    keys: tuple[bytes, ...] = ()
    """What, once changed, makes this worth nothing (`RevocationFeed.changed_after`)."""
    until: datetime | None = None
    """When this is worth nothing in any case."""
    bound_to: str | None = None
    """Thumbprint of the key whose holder alone may use it."""
    api_key: UUID | None = None


class Findings:
    """Findings about genuine credentials, by SHA-256: no credential is kept."""

    def __init__(self, feed: RevocationFeed, clock: Clock, most: int) -> None:
        self._known = Memory[bytes, Finding](feed, clock, most)
        self.recalls = Recalls("credentials")

    def __len__(self) -> int:
        return len(self._known)

    def recall(self, credential: str) -> Finding | None:
        """What is known of the credential, as far as the feed has heard; None if nothing is."""
        found = self._known.recall(sha256_of(credential))
        if found is not None:
            self.recalls.hits += 1
        return found

    def remember(self, credential: str, finding: Finding, sequence: int) -> None:
        """Keep a finding that rests on what was read after the feed stood at `sequence`."""
        self._known.remember(
            sha256_of(credential),
            finding,
            sequence=sequence,
            rests_on=finding.keys,
            until=finding.until,
        )
