"""ID tokens as hints: genuine ones are understood, expired or not, and nothing else is."""

from datetime import timedelta

from argus.kernel.ids import format_id
from argus.services.auth.oauth.id_token import IdTokenHints
from support.auth import Auth
from support.organizations import Tenant
from support.platform import TestPlatform
from support.relying_party import RelyingParty


async def test_a_hint_is_read_after_its_expiry_and_never_an_access_token(
    platform: TestPlatform, auth: Auth, app: RelyingParty, acme: Tenant
) -> None:
    tokens = await app.tokens(await app.signed_in(acme.owner))
    platform.clock.advance(timedelta(hours=1))
    hints = auth.resources.get(IdTokenHints)
    hint = await hints.read(tokens["id_token"])
    assert hint is not None
    assert (format_id("usr", hint.sub), hint.aud) == (acme.owner.user_id, app.client.id)
    head, _, signature = tokens["id_token"].split(".")
    for other in (tokens["access_token"], "", "a.b.c", "é", f"{head}.e30.{signature}", "x" * 9000):
        assert await hints.read(other) is None
