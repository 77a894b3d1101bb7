"""Which events are told by mail, and to whom. A mail goes out once for each event and person."""

from argus.contracts.auth.events import (
    ApiKeyRevoked,
    IdentityLinked,
    IdentityUnlinked,
    PasskeyRegistered,
    PasskeyRemoved,
    PasswordSet,
    RecoveryCodeUsed,
    TotpChanged,
    UserSignedIn,
)
from argus.kernel.ids import parse_id
from argus.kernel.module import Call, Envelope, consumes
from argus.services.auth.notices.models import SEND_JOB, TELL_OF_LEAK_JOB, Notice
from argus.services.auth.notices.networks import is_same_network
from argus.services.auth.sessions.models import Session
from argus.services.auth.sessions.repository import SessionRepository
from argus.services.auth.user_agents import device_of


@consumes(PasswordSet, name="auth.notify_of_password")
async def notify_of_password(event: PasswordSet, envelope: Envelope, call: Call) -> None:
    """The password is new."""
    await _tell(call, envelope, event.user_id, Notice.PASSWORD_CHANGED)


@consumes(TotpChanged, name="auth.notify_of_totp")
async def notify_of_totp(event: TotpChanged, envelope: Envelope, call: Call) -> None:
    """An authenticator app is asked from now on, or no longer."""
    what = f"An authenticator app was {'added' if event.enrolled else 'removed'}"
    await _tell(call, envelope, event.user_id, Notice.SECOND_FACTOR_CHANGED, what)


@consumes(PasskeyRegistered, name="auth.notify_of_passkey")
async def notify_of_passkey(event: PasskeyRegistered, envelope: Envelope, call: Call) -> None:
    """There is one more passkey."""
    what = "A passkey was added"
    await _tell(call, envelope, event.user_id, Notice.SECOND_FACTOR_CHANGED, what)


@consumes(PasskeyRemoved, name="auth.notify_of_removed_passkey")
async def notify_of_removed_passkey(event: PasskeyRemoved, envelope: Envelope, call: Call) -> None:
    """There is one passkey less."""
    what = "A passkey was removed"
    await _tell(call, envelope, event.user_id, Notice.SECOND_FACTOR_CHANGED, what)


@consumes(RecoveryCodeUsed, name="auth.notify_of_recovery_code")
async def notify_of_recovery_code(event: RecoveryCodeUsed, envelope: Envelope, call: Call) -> None:
    """Somebody came in without the app and the passkeys."""
    what = f"A recovery code was used; {event.left} are left"
    await _tell(call, envelope, event.user_id, Notice.SECOND_FACTOR_CHANGED, what)


@consumes(IdentityLinked, name="auth.notify_of_linked_account")
async def notify_of_linked_account(event: IdentityLinked, envelope: Envelope, call: Call) -> None:
    """One more provider signs the person in."""
    what = f"An account at {event.provider} signs you in from now on"
    await _tell(call, envelope, event.user_id, Notice.LINKED_ACCOUNT_CHANGED, what)


@consumes(IdentityUnlinked, name="auth.notify_of_unlinked_account")
async def notify_of_unlinked_account(
    event: IdentityUnlinked, envelope: Envelope, call: Call
) -> None:
    """One provider less does."""
    what = f"Your account at {event.provider} signs you in no more"
    await _tell(call, envelope, event.user_id, Notice.LINKED_ACCOUNT_CHANGED, what)


@consumes(UserSignedIn, name="auth.notify_of_new_device")
async def notify_of_new_device(event: UserSignedIn, envelope: Envelope, call: Call) -> None:
    """Somebody signed in with a program, or in a network, from which the person had not done so."""
    sessions = SessionRepository(call.uow)
    session = await sessions.find(parse_id("ses", event.session_id))
    if session is None:
        return
    known = await sessions.places_before(session)
    if not any(_is_same_place(session, *place) for place in known):
        await _tell(call, envelope, event.user_id, Notice.NEW_DEVICE, event.session_id)


@consumes(ApiKeyRevoked, name="auth.notify_of_leaked_key")
async def notify_of_leaked_key(event: ApiKeyRevoked, envelope: Envelope, call: Call) -> None:
    """A key was found where everybody can read it, and revoked."""
    if event.reason == "leaked":
        await call.uow.enqueue(
            TELL_OF_LEAK_JOB, event_id=envelope.id, at=envelope.time, key_id=event.api_key_id
        )


async def _tell(
    call: Call, envelope: Envelope, user_id: str, notice: Notice, about: str = ""
) -> None:
    await call.uow.enqueue(
        SEND_JOB,
        event_id=envelope.id,
        at=envelope.time,
        user_id=user_id,
        notice=notice.value,
        about=about,
    )


def _is_same_place(session: Session, user_agent: str, address: str) -> bool:
    is_same_device = device_of(session.user_agent) == device_of(user_agent)
    return is_same_device and is_same_network(session.address, address)
