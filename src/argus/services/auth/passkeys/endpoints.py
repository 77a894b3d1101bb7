"""A person's own passkeys; `enrolment` adds them."""

from argus.kernel.acr import MULTI_FACTOR
from argus.kernel.authz import in_person
from argus.kernel.errors import Forbidden, StepUpRequired, Unauthenticated
from argus.kernel.http.problems import problems
from argus.kernel.http.routing import CallDep, service_router
from argus.kernel.module import Call
from argus.services.auth.ids import PublicPasskeyId
from argus.services.auth.mfa.endpoints import FRESH
from argus.services.auth.passkeys.errors import PasskeyNotFound
from argus.services.auth.passkeys.schemas import PasskeyList, PasskeyView
from argus.services.auth.passkeys.service import PasskeyService, RelyingParty
from argus.services.auth.person import person

_REFUSED = (Unauthenticated, Forbidden, StepUpRequired)

router = service_router("auth", prefix="/api/v1/auth/passkeys", tags=["second factors"])


@router.get(
    "",
    summary="List one's own passkeys",
    responses=problems(Unauthenticated, Forbidden),
    dependencies=[in_person()],
)
async def list_passkeys(call: CallDep) -> PasskeyList:
    """The oldest first."""
    user_id, _ = person(call.principal)
    found = await _passkeys(call).of_user(user_id)
    return PasskeyList(items=[PasskeyView.model_validate(passkey) for passkey in found])


@router.delete(
    "/{passkey_id}",
    status_code=204,
    summary="Remove a passkey",
    responses=problems(*_REFUSED, PasskeyNotFound),
    dependencies=[in_person(fresh=FRESH, acr=MULTI_FACTOR)],
)
async def remove_passkey(passkey_id: PublicPasskeyId, call: CallDep) -> None:
    """It is good for nothing any more."""
    user_id, _ = person(call.principal)
    await _passkeys(call).remove(user_id, passkey_id)


def _passkeys(call: Call) -> PasskeyService:
    return PasskeyService(call.uow, call.clock, call.resources.get(RelyingParty))
