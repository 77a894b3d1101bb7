"""Every route and every RPC declares who may use it; nothing is open by omission.

`requires()`, `authenticated()`, `in_person()` and `public()` stand in `dependencies=[...]` of a
route and in `@rpc(...)`; `internal()` only in `@rpc`. A test walks all of them and fails on one
without.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from fastapi import Depends, Request
from fastapi.params import Depends as DependsParam

from argus.kernel import context
from argus.kernel.acr import reaches
from argus.kernel.clock import Clock
from argus.kernel.errors import ArgusError, Forbidden, StepUpRequired, Unauthenticated
from argus.kernel.principal import AuthenticationMethod, Principal


@dataclass(frozen=True)
class Access:
    """A declared access rule: exactly one of the reasons to let a caller in."""

    permission: StrEnum | None = None
    fresh: timedelta | None = None
    acr: str | None = None
    """How strongly the person was authenticated, at least: one of `kernel.acr.CLASSES`."""
    authenticated: bool = False
    in_person: bool = False
    """Only a person's own session: no key, no client, nobody in the person's place."""
    public_because: str = ""
    siblings_only: bool = False

    def check(self, principal: Principal, now: datetime, *, sibling: bool = False) -> None:
        """Let the caller through, or say why not.

        A sibling service of the platform was authenticated by its sealed call and answers for the
        person behind it.

        Raises:
            Unauthenticated, Forbidden, StepUpRequired
        """
        if self.public_because or sibling:
            return
        if not principal.is_authenticated:
            raise Unauthenticated
        if self.siblings_only:
            raise Forbidden("only services of the platform may call this")
        if self.in_person and principal.method is not AuthenticationMethod.SESSION:
            raise Forbidden("only a signed-in person may do this, in a session of Argus's own")
        if self.permission is not None and self.permission not in principal.permissions:
            raise Forbidden(
                f"the permission {self.permission.value} is needed",
                permission=self.permission.value,
            )
        self._check_authentication(principal, now)

    def admits(self, principal: Principal, now: datetime) -> bool:
        """Whether `check` lets the caller through."""
        try:
            self.check(principal, now)
        except ArgusError:
            return False
        return True

    def _check_authentication(self, principal: Principal, now: datetime) -> None:
        """Whether it is recent and strong enough; what is missing is told at once (RFC 9470)."""
        authenticated_at = principal.authenticated_at
        is_fresh = self.fresh is None or (
            authenticated_at is not None and now - authenticated_at <= self.fresh
        )
        is_strong = self.acr is None or reaches(principal.strength, [self.acr])
        if not (is_fresh and is_strong):
            raise StepUpRequired(max_age=self.fresh, acr=self.acr)

    async def __call__(self, request: Request) -> None:
        clock: Clock = request.app.state.clock
        self.check(context.principal.get(), clock.now())


def requires(
    permission: StrEnum, *, fresh: timedelta | None = None, acr: str | None = None
) -> DependsParam:
    """The caller has `permission`, and, where that is given, was authenticated at most `fresh` ago
    and as strongly as `acr`.
    """
    return Depends(Access(permission=permission, fresh=fresh, acr=acr))


def authenticated(*, fresh: timedelta | None = None) -> DependsParam:
    """Any authenticated caller: the operation is about the caller alone."""
    return Depends(Access(authenticated=True, fresh=fresh))


def in_person(*, fresh: timedelta | None = None, acr: str | None = None) -> DependsParam:
    """A signed-in person, about themselves: no key, client or impersonator reaches credentials."""
    return Depends(Access(authenticated=True, in_person=True, fresh=fresh, acr=acr))


def public(reason: str) -> DependsParam:
    """Open to everyone; `reason` says why that is right."""
    if not reason:
        raise ValueError("a public operation says why")
    return Depends(Access(public_because=reason))


def internal() -> DependsParam:
    """Only for services of the platform itself (RPC)."""
    return Depends(Access(siblings_only=True))


def access_of(declaration: DependsParam) -> Access:
    """The rule inside a declaration."""
    if not isinstance(declaration.dependency, Access):
        raise TypeError("declare access by requires(), authenticated(), public() or internal()")
    return declaration.dependency
