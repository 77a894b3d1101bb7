import asyncio
from collections.abc import Mapping

import pytest

from argus.contracts.notify.rpc import SEND_MAIL
from argus.contracts.notify.v1 import notify_pb2 as pb
from argus.kernel.errors import ArgusError
from support.platform import TestPlatform

VARIABLES = {
    "organization": "Acme",
    "invited_by": "Ada",
    "roles": "member",
    "token": "inv_secret",
    "expires": "tomorrow",
    "platform_url": "https://argus.example",
}


async def send(
    platform: TestPlatform, message_id: str, variables: Mapping[str, str] = VARIABLES
) -> bool:
    answer = await platform.rpc.call(
        SEND_MAIL,
        pb.SendMailRequest(
            message_id=message_id, to="bob@example.com", template="invitation", variables=variables
        ),
    )
    return answer.sent


async def test_the_same_message_is_sent_once(platform: TestPlatform) -> None:
    assert await send(platform, "invitation.1")
    assert not await send(platform, "invitation.1", VARIABLES | {"organization": "Globex"})
    assert await send(platform, "invitation.2")
    assert len(platform.mails()) == 2


async def test_of_the_same_message_at_once_one_is_sent(platform: TestPlatform) -> None:
    sent = await asyncio.gather(*(send(platform, "invitation.1") for _ in range(4)))
    assert sorted(sent) == [False, False, False, True]
    assert len(platform.mails()) == 1


async def test_a_mail_that_was_not_delivered_can_be_sent_again(platform: TestPlatform) -> None:
    in_the_way = platform.home / "mail"
    in_the_way.touch()
    with pytest.raises(ArgusError) as refused:
        await send(platform, "invitation.1")
    assert refused.value.code == "notify.mail.not_delivered"
    in_the_way.unlink()
    assert await send(platform, "invitation.1")
    assert len(platform.mails()) == 1


async def test_what_cannot_be_composed_is_refused_and_not_recorded(platform: TestPlatform) -> None:
    with pytest.raises(ArgusError) as refused:
        await send(platform, "invitation.1", {})
    assert refused.value.code == "notify.mail.invalid"
    assert platform.query("select from notify.mails") == []


async def test_the_record_of_a_mail_names_nobody(platform: TestPlatform) -> None:
    await send(platform, "invitation.1")
    [record] = platform.query("select * from notify.mails")
    assert record == {
        "message_id": "invitation.1",
        "template": "invitation",
        "sent_at": platform.clock.now(),
    }
