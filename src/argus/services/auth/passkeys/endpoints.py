"""A person's own passkeys."""

from argus.contracts.identity.rpc import GET_USER
from argus.contracts.identity.v1 import identity_pb2
from argus.kernel.acr import MULTI_FACTOR
from argus.kernel.authz import in_person
from argus.kernel.crypto import Keyring
from argus.kernel.errors import Forbidden, StepUpRequired, Unauthenticated
from argus.kernel.http.problems import problems
from argus.kernel.http.routing import CallDep, service_router
from argus.kernel.module import Call
from argus.services.auth.ids import PublicPasskeyId
from argus.services.auth.mfa.endpoints import FRESH
from argus.services.auth.mfa.service import MfaService
from argus.services.auth.passkeys.errors import PasskeyInvalid, PasskeyNotFound
from argus.services.auth.passkeys.schemas import (
    NewPasskey,
    PasskeyList,
    PasskeyOptions,
    PasskeyView,
    RegisteredPasskey,
)
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


@router.post(
    "/options",
    summary="Get what a new passkey is made from",
    responses=problems(*_REFUSED),
    dependencies=[in_person(fresh=FRESH)],
)
async def new_passkey_options(call: CallDep) -> PasskeyOptions:
    """Options for `navigator.credentials.create()`, good for five minutes and one answer."""
    user_id, _ = person(call.principal)
    found = await call.rpc.call(GET_USER, identity_pb2.GetUserRequest(user_id=call.principal.id))
    user = found.user
    options = await _passkeys(call).registration_options(user_id, user.email, user.name)
    return PasskeyOptions(public_key=options)


@router.post(
    "",
    status_code=201,
    summary="Add a passkey",
    responses=problems(*_REFUSED, PasskeyInvalid),
    dependencies=[in_person(fresh=FRESH)],
)
async def add_passkey(body: NewPasskey, call: CallDep) -> RegisteredPasskey:
    """It signs the person in from now on, and is asked after a password."""
    user_id, _ = person(call.principal)
    passkey = await _passkeys(call).register(user_id, body.name, body.credential)
    mfa = MfaService(call.uow, call.clock, call.resources.get(Keyring))
    return RegisteredPasskey(
        passkey=PasskeyView.model_validate(passkey),
        recovery_codes=await mfa.first_recovery_codes(user_id),
    )


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
