"""The identity service, assembled."""

from argus.kernel.module import Module, Platform
from argus.kernel.resources import Resources
from argus.services.identity.invitation_token import InvitationTokens
from argus.services.identity.invitations import endpoints as invitations
from argus.services.identity.invitations import jobs as invitation_jobs
from argus.services.identity.invitations import rpc as invitations_rpc
from argus.services.identity.members import endpoints as members
from argus.services.identity.members import rpc as members_rpc
from argus.services.identity.organizations import (
    endpoints as organizations,
)
from argus.services.identity.organizations import (
    rpc as organizations_rpc,
)
from argus.services.identity.registration import rpc as registration_rpc
from argus.services.identity.users import endpoints as users
from argus.services.identity.users import rpc as users_rpc


def build(platform: Platform) -> Module:
    """Build the service on `platform`."""
    return Module(
        name="identity",
        database=platform.database,
        resources=Resources(InvitationTokens(platform.keyring), platform.settings),
        routers=[users.router, organizations.router, members.router, invitations.router],
        rpcs=[
            registration_rpc.register_user,
            users_rpc.get_user,
            users_rpc.find_user_by_email,
            users_rpc.verify_email,
            users_rpc.deactivate_user,
            organizations_rpc.list_memberships,
            members_rpc.list_members,
            invitations_rpc.read_invitation,
            invitations_rpc.accept_invitation,
            invitations_rpc.decline_invitation,
        ],
        jobs=[invitation_jobs.send_mail],
    )
