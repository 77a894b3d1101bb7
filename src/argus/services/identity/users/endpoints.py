"""A person's own profile."""

from argus.kernel.authz import authenticated, in_person
from argus.kernel.errors import Forbidden, InvalidRequest, Unauthenticated
from argus.kernel.http.problems import problems
from argus.kernel.http.routing import CallDep, service_router
from argus.services.identity.person import person
from argus.services.identity.users.schemas import Profile, ProfileChange
from argus.services.identity.users.service import UserService

router = service_router("identity", prefix="/api/v1/users", tags=["users"])


@router.get(
    "/me",
    summary="Show my profile",
    responses=problems(Unauthenticated, Forbidden),
    dependencies=[authenticated()],
)
async def get_my_profile(call: CallDep) -> Profile:
    """Who am I? Only for a person who signed in; an API key has no profile."""
    user = await UserService(call.uow, call.clock).get(person(call.principal))
    return Profile.model_validate(user)


@router.patch(
    "/me",
    summary="Change my profile",
    responses=problems(Unauthenticated, Forbidden, InvalidRequest),
    dependencies=[in_person()],
)
async def change_my_profile(body: ProfileChange, call: CallDep) -> Profile:
    """Change my name. The address is the account's and cannot be changed here."""
    users = UserService(call.uow, call.clock)
    return Profile.model_validate(await users.rename(person(call.principal), body.name))
