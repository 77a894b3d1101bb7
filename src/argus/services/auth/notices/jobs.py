"""The mails themselves, after what they tell of has been committed."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from argus.contracts.identity.rpc import GET_USER, LIST_MEMBERS
from argus.contracts.identity.v1 import identity_pb2
from argus.contracts.notify.rpc import SEND_MAIL
from argus.contracts.notify.v1 import notify_pb2
from argus.contracts.permissions import Role
from argus.kernel.ids import format_id, parse_id
from argus.kernel.module import JobCall, job
from argus.kernel.settings import KernelSettings
from argus.services.auth.api_keys.models import ApiKey
from argus.services.auth.api_keys.repository import ApiKeyRepository
from argus.services.auth.notices.models import SEND_JOB, TELL_OF_LEAK_JOB, Notice
from argus.services.auth.sessions.repository import SessionRepository
from argus.services.auth.user_agents import device_of

RESPONSIBLE = frozenset({Role.OWNER.value, Role.SECURITY_ADMIN.value})
"""Who is told of a leaked key of their organization."""
NEW_ACCOUNT = timedelta(hours=1)
"""For this long no device is new, and no password: the account is being made."""
_BELONG_TO_MAKING = (Notice.NEW_DEVICE, Notice.PASSWORD_CHANGED)


@job(SEND_JOB)
async def send(
    call: JobCall, *, event_id: str, at: str, user_id: str, notice: str, about: str
) -> None:
    """Tell a person, once for each event. Nothing is told to a closed account."""
    happened_at = datetime.fromisoformat(at).astimezone(UTC)
    found = await call.rpc.call(GET_USER, identity_pb2.GetUserRequest(user_id=user_id))
    age_s = happened_at.timestamp() - found.user.registered_at
    is_being_made = age_s < NEW_ACCOUNT.total_seconds()
    if (is_being_made and notice in _BELONG_TO_MAKING) or not found.user.active:
        return
    facts = await _facts(call, notice, about)
    if facts is None:
        return
    variables = {
        "platform_url": call.resources.get(KernelSettings).base_url,
        "at": f"{happened_at:%d %B %Y, %H:%M} UTC",
        **facts,
    }
    await call.rpc.call(
        SEND_MAIL,
        notify_pb2.SendMailRequest(
            message_id=f"notice.{event_id}.{user_id}",
            to=found.user.email,
            template=notice,
            variables=variables,
        ),
    )


@job(TELL_OF_LEAK_JOB)
async def tell_of_leak(call: JobCall, *, event_id: str, at: str, key_id: str) -> None:
    """Tell the organization's owners and security admins, and whose personal token it was."""
    key = await _key(call, key_id)
    if key is None:
        return
    told = {format_id("usr", key.user_id)} if key.user_id else set[str]()
    cursor, more = "", True
    while more:
        page = await call.rpc.call(LIST_MEMBERS, identity_pb2.ListMembersRequest(cursor=cursor))
        told |= {member.user.id for member in page.members if RESPONSIBLE & {*member.roles}}
        cursor, more = page.next_cursor, bool(page.next_cursor)
    async with call.unit_of_work() as uow:
        for user_id in sorted(told):
            await uow.enqueue(
                SEND_JOB,
                event_id=event_id,
                at=at,
                user_id=user_id,
                notice=Notice.KEY_LEAKED.value,
                about=key_id,
            )


async def _facts(call: JobCall, notice: str, about: str) -> dict[str, str] | None:
    """What the template tells beside the time; None if what it tells of is gone."""
    if notice == Notice.NEW_DEVICE:
        async with call.unit_of_work() as uow:
            session = await SessionRepository(uow).find(parse_id("ses", about))
        if session is None:
            return None
        address = session.address or "an unknown address"
        return {"device": device_of(session.user_agent), "address": address}
    if notice == Notice.KEY_LEAKED:
        key = await _key(call, about)
        return key and {"key": key.name, "kind": "personal access token" if key.user_id else "key"}
    return {"what": about}


async def _key(call: JobCall, key_id: str) -> ApiKey | None:
    parsed: UUID = parse_id("key", key_id)
    async with call.unit_of_work() as uow:
        return await ApiKeyRepository(uow).get(parsed)
