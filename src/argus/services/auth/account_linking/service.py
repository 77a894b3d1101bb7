"""Which account a person has who proved to be somebody to another system."""

from uuid import UUID

from argus.contracts.auth.events import IdentityLinked
from argus.contracts.identity.rpc import FIND_USER_BY_EMAIL, REGISTER_USER
from argus.contracts.identity.v1 import identity_pb2
from argus.kernel.clock import Clock
from argus.kernel.db.unit_of_work import Database
from argus.kernel.ids import UserId, format_id, new_id, parse_id
from argus.kernel.principal import Principal
from argus.kernel.rpc.client import Rpc
from argus.services.auth.account_linking.errors import IdentityTaken, LinkNeeded
from argus.services.auth.external_identities.models import ExternalIdentity
from argus.services.auth.external_identities.repository import ExternalIdentityRepository
from argus.services.auth.providers.identity import UpstreamIdentity
from argus.services.auth.providers.settings import LdapDirectory, OAuthProvider
from argus.services.auth.revocations.repository import Revocations, identity_subject
from argus.services.auth.sessions.errors import SessionNotFound
from argus.services.auth.sessions.repository import SessionRepository
from argus.services.auth.settings import AuthSettings
from argus.services.auth.sign_in_flows.errors import CredentialsInvalid
from argus.services.auth.sign_up.errors import SignUpClosed
from argus.services.auth.takeovers.service import Takeovers

MAX_NAME = 100
MAX_LABEL = 320


class AccountLinking:
    """Uses units of work of its own, since it asks siblings in between.

    An account is entered through an identity that is linked to it, and linked to it only by who is
    signed in to it, or by proof of its e-mail address. Where that address was not verified before,
    the proof takes the account over (`Takeovers`).
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        rpc: Rpc,
        takeovers: Takeovers,
        settings: AuthSettings,
    ) -> None:
        self._database, self._clock, self._rpc = database, clock, rpc
        self._takeovers, self._settings = takeovers, settings

    async def enter(
        self,
        provider: str,
        settings: OAuthProvider | LdapDirectory,
        identity: UpstreamIdentity,
        principal: Principal,
    ) -> ExternalIdentity:
        """The identity, with the user who has it; a new user, or link, where that is right.

        Raises:
            LinkNeeded: no user has it, and there is no proof of an address. It is not told whether
                the address has an account.
            SignUpClosed: no user has it or the address, and nobody may make an account this way.
            CredentialsInvalid: the account is closed.
        """
        known = await self._seen(identity, principal)
        if known is not None:
            return known
        proven = settings.email_is_proof and identity.email_verified and identity.email
        if not proven:
            raise LinkNeeded
        found = await self._rpc.call(
            FIND_USER_BY_EMAIL, identity_pb2.FindUserByEmailRequest(email=identity.email)
        )
        if found.HasField("user"):
            if not found.user.active:
                raise CredentialsInvalid
            await self._takeovers.by_mailbox_owner(found.user, principal)
            user_id = UserId(parse_id("usr", found.user.id))
        elif settings.sign_up or self._settings.sign_up == "open":
            user_id = await self._register(identity)
        else:
            raise SignUpClosed
        return await self.link(provider, identity, user_id, principal)

    async def link(
        self,
        provider: str,
        identity: UpstreamIdentity,
        user_id: UserId,
        principal: Principal,
        *,
        within: UUID | None = None,
    ) -> ExternalIdentity:
        """Let the user sign in by this identity; nothing happens if they may already.

        `within` is the user's session, where they link it themselves.

        Raises:
            SessionNotFound: that session has ended.
            IdentityTaken: another user has it.
        """
        now = self._clock.now()
        async with self._database.unit_of_work(principal) as uow:
            if within and await SessionRepository(uow).expiry_of_live(within, now) is None:
                raise SessionNotFound
            identities = ExternalIdentityRepository(uow)
            added = await identities.add_unless_known(
                {
                    "id": new_id(),
                    "user_id": user_id,
                    "provider": provider,
                    "issuer": identity.issuer,
                    "subject": identity.subject,
                    "label": _label(identity),
                    "created_at": now,
                    "last_used_at": now,
                }
            )
            linked = await identities.find(identity.issuer, identity.subject)
            if linked is None or linked.user_id != user_id:
                raise IdentityTaken
            if added:
                subject = identity_subject(identity.issuer, identity.subject)
                await Revocations(uow).touch(subject, now)
                await uow.emit(
                    IdentityLinked(
                        user_id=format_id("usr", user_id),
                        identity_id=format_id("xid", linked.id),
                        provider=provider,
                    )
                )
            return linked

    async def _seen(
        self, identity: UpstreamIdentity, principal: Principal
    ) -> ExternalIdentity | None:
        async with self._database.unit_of_work(principal) as uow:
            identities = ExternalIdentityRepository(uow)
            known = await identities.find(identity.issuer, identity.subject)
            if known is not None:
                await identities.used(known.id, _label(identity), self._clock.now())
            return known

    async def _register(self, identity: UpstreamIdentity) -> UserId:
        name = "".join(character for character in identity.name if character.isprintable())
        registered = await self._rpc.call(
            REGISTER_USER,
            identity_pb2.RegisterUserRequest(
                email=identity.email, name=name[:MAX_NAME], email_verified=True
            ),
        )
        return UserId(parse_id("usr", registered.user.id))


def _label(identity: UpstreamIdentity) -> str:
    return (identity.email or identity.name or identity.subject)[:MAX_LABEL]
