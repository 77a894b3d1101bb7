"""The methods of the auth service, for callers and for the service itself."""

from argus.contracts.auth.v1 import auth_pb2 as pb
from argus.kernel.rpc.method import method, stream

_SERVICE = pb.DESCRIPTOR.services_by_name["AuthService"]

VALIDATE_TOKEN = method(
    _SERVICE, "ValidateToken", pb.ValidateTokenRequest, pb.ValidateTokenResponse, deadline_s=1
)
VALIDATE_TOKENS = method(
    _SERVICE, "ValidateTokens", pb.ValidateTokensRequest, pb.ValidateTokensResponse, deadline_s=2
)
WATCH_REVOCATIONS = stream(
    _SERVICE, "WatchRevocations", pb.WatchRevocationsRequest, pb.RevocationNews
)
CHECK_PERMISSION = method(
    _SERVICE, "CheckPermission", pb.CheckPermissionRequest, pb.CheckPermissionResponse, deadline_s=1
)
SET_PASSWORD = method(_SERVICE, "SetPassword", pb.SetPasswordRequest, pb.SetPasswordResponse)
CREATE_API_KEY = method(_SERVICE, "CreateApiKey", pb.CreateApiKeyRequest, pb.CreateApiKeyResponse)
LEND_UPSTREAM_TOKEN = method(
    _SERVICE,
    "LendUpstreamToken",
    pb.LendUpstreamTokenRequest,
    pb.LendUpstreamTokenResponse,
    deadline_s=15,
)
REDEEM_STREAM_TICKET = method(
    _SERVICE,
    "RedeemStreamTicket",
    pb.RedeemStreamTicketRequest,
    pb.RedeemStreamTicketResponse,
    deadline_s=2,
)
