"""The one mapping between the kernel's `Principal` and the contract's message."""

from datetime import UTC, datetime

from argus.contracts.auth.v1 import auth_pb2 as pb
from argus.kernel.ids import (
    OrganizationId,
    ProjectId,
    SessionId,
    UserId,
    format_id,
    parse_id,
)
from argus.kernel.principal import AuthenticationMethod, Principal, PrincipalKind


def to_message(principal: Principal) -> pb.Principal:
    """The message that tells of `principal`; its address stays with whoever saw it."""
    return pb.Principal(
        kind=principal.kind.value,
        id=principal.id,
        organization_id=(
            format_id("org", principal.organization_id) if principal.organization_id else ""
        ),
        project_id=format_id("prj", principal.project_id) if principal.project_id else "",
        roles=sorted(principal.roles),
        scopes=sorted(principal.scopes or ()),
        scoped=principal.scopes is not None,
        permissions=sorted(principal.permissions),
        method=principal.method.value,
        session_id=format_id("ses", principal.session_id) if principal.session_id else "",
        authenticated_at=(
            int(principal.authenticated_at.timestamp()) if principal.authenticated_at else 0
        ),
        strength=principal.strength,
        actors=principal.actors,
        client_id=principal.client_id,
        credential=principal.credential,
        expires_at=int(principal.expires_at.timestamp()) if principal.expires_at else 0,
    )


def from_message(message: pb.Principal, address: str = "") -> Principal:
    """The principal that a message tells of, calling from `address`.

    Raises:
        MalformedId, ValueError: the message was not made by `to_message`.
    """
    kind = PrincipalKind(message.kind)
    organization_id, project_id = message.organization_id, message.project_id
    return Principal(
        kind=kind,
        id=message.id,
        organization_id=(
            OrganizationId(parse_id("org", organization_id)) if organization_id else None
        ),
        project_id=ProjectId(parse_id("prj", project_id)) if project_id else None,
        roles=frozenset(message.roles),
        scopes=frozenset(message.scopes) if message.scoped else None,
        permissions=frozenset(message.permissions),
        method=AuthenticationMethod(message.method),
        session_id=(SessionId(parse_id("ses", message.session_id)) if message.session_id else None),
        authenticated_at=(
            datetime.fromtimestamp(message.authenticated_at, UTC)
            if message.authenticated_at
            else None
        ),
        strength=tuple(message.strength),
        actors=tuple(message.actors),
        client_id=message.client_id,
        credential=message.credential,
        address=address,
        user_id=UserId(parse_id("usr", message.id)) if kind is PrincipalKind.USER else None,
        expires_at=datetime.fromtimestamp(message.expires_at, UTC) if message.expires_at else None,
    )
