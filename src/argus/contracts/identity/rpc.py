"""The methods of the identity service."""

from argus.contracts.identity.v1 import identity_pb2 as pb
from argus.kernel.rpc.method import method

_SERVICE = pb.DESCRIPTOR.services_by_name["IdentityService"]

REGISTER_USER = method(_SERVICE, "RegisterUser", pb.RegisterUserRequest, pb.RegisterUserResponse)
GET_USER = method(_SERVICE, "GetUser", pb.GetUserRequest, pb.GetUserResponse)
FIND_USER_BY_EMAIL = method(
    _SERVICE, "FindUserByEmail", pb.FindUserByEmailRequest, pb.FindUserByEmailResponse
)
VERIFY_EMAIL = method(_SERVICE, "VerifyEmail", pb.VerifyEmailRequest, pb.VerifyEmailResponse)
DEACTIVATE_USER = method(
    _SERVICE, "DeactivateUser", pb.DeactivateUserRequest, pb.DeactivateUserResponse
)
LIST_MEMBERSHIPS = method(
    _SERVICE, "ListMemberships", pb.ListMembershipsRequest, pb.ListMembershipsResponse
)
READ_INVITATION = method(
    _SERVICE, "ReadInvitation", pb.ReadInvitationRequest, pb.ReadInvitationResponse
)
ACCEPT_INVITATION = method(
    _SERVICE, "AcceptInvitation", pb.AcceptInvitationRequest, pb.AcceptInvitationResponse
)
DECLINE_INVITATION = method(
    _SERVICE, "DeclineInvitation", pb.DeclineInvitationRequest, pb.DeclineInvitationResponse
)
LIST_MEMBERS = method(_SERVICE, "ListMembers", pb.ListMembersRequest, pb.ListMembersResponse)
