"""Who the person is whom a token is about (OpenID Connect Core 1.0 section 5.3)."""

from argus.contracts.identity.rpc import GET_USER
from argus.contracts.identity.v1 import identity_pb2
from argus.kernel.authz import authenticated
from argus.kernel.errors import Unauthenticated
from argus.kernel.http.problems import problems
from argus.kernel.http.routing import CallDep, service_router
from argus.kernel.ids import UserId
from argus.services.auth.oauth.claims import profile_of
from argus.services.auth.oauth.errors import InsufficientScope
from argus.services.auth.oauth.userinfo.schemas import UserInfo

router = service_router("auth", prefix="/oauth", tags=["oauth"])


@router.get(
    "/userinfo",
    summary="Who the person is",
    responses=problems(Unauthenticated, InsufficientScope),
    response_model_exclude_none=True,
    dependencies=[authenticated()],
)
async def get_user_info(call: CallDep) -> UserInfo:
    """With an access token of the scope `openid`; `profile` and `email` add to the answer."""
    principal = call.principal
    scopes = principal.scopes
    if principal.user_id is None or scopes is None or "openid" not in scopes:
        raise InsufficientScope("openid")
    found = await call.rpc.call(GET_USER, identity_pb2.GetUserRequest(user_id=principal.id))
    return UserInfo.model_validate(
        {"sub": UserId(principal.user_id), **profile_of(found.user, scopes)}
    )


@router.post(
    "/userinfo",
    summary="Who the person is, asked by POST",
    responses=problems(Unauthenticated, InsufficientScope),
    response_model_exclude_none=True,
    dependencies=[authenticated()],
)
async def post_user_info(call: CallDep) -> UserInfo:
    """The same; some clients ask this way (section 5.3.1). A token in the body is not looked at."""
    return await get_user_info(call)
