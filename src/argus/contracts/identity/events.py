"""What the identity service tells the others. Identifiers are in their public form."""

from argus.kernel.events import Event, event


@event(topic="argus.identity.user.v1", partition_key="user_id")
class UserRegistered(Event):
    """There is a new user, with a personal organization."""

    user_id: str


@event(topic="argus.identity.user.v1", partition_key="user_id")
class EmailVerified(Event):
    """The user read mail at the account's address."""

    user_id: str


@event(topic="argus.identity.user.v1", partition_key="user_id")
class UserDeactivated(Event):
    """The user signs in no more; sessions and refresh tokens must end."""

    user_id: str


@event(topic="argus.identity.organization.v1", partition_key="organization_id")
class OrganizationCreated(Event):
    """`personal`: made with its only user, and never shared."""

    organization_id: str
    name: str
    personal: bool


@event(topic="argus.identity.organization.v1", partition_key="organization_id")
class OrganizationRenamed(Event):
    """`name` is the new one."""

    organization_id: str
    name: str


@event(topic="argus.identity.organization.v1", partition_key="organization_id")
class OrganizationDeleted(Event):
    """Tokens and API keys of the organization must end, and nothing may be charged to it."""

    organization_id: str


@event(topic="argus.identity.member.v1", partition_key="user_id")
class MemberInvited(Event):
    """`user_id` is the person who invited; the address is not in the event, it is personal data."""

    invitation_id: str
    user_id: str
    roles: list[str]


@event(topic="argus.identity.member.v1", partition_key="user_id")
class InvitationRevoked(Event):
    """The invitation can no longer be accepted; `user_id` is the person who invited."""

    invitation_id: str
    user_id: str


@event(topic="argus.identity.member.v1", partition_key="user_id")
class InvitationDeclined(Event):
    """Whoever was invited said no; `user_id` is the person who invited."""

    invitation_id: str
    user_id: str


@event(topic="argus.identity.member.v1", partition_key="user_id")
class MemberJoined(Event):
    """`invitation_id` is None for who made the organization."""

    user_id: str
    roles: list[str]
    invitation_id: str | None = None


@event(topic="argus.identity.member.v1", partition_key="user_id")
class MemberRolesChanged(Event):
    """Access tokens with the earlier roles must end."""

    user_id: str
    roles: list[str]


@event(topic="argus.identity.member.v1", partition_key="user_id")
class MemberRemoved(Event):
    """Access tokens of the user for this organization must end."""

    user_id: str
