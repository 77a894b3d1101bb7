"""Passkeys (W3C Web Authentication level 3): registered, and used to sign in or to confirm."""

import json
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal
from urllib.parse import urlsplit
from uuid import UUID

import webauthn
from pydantic import JsonValue
from webauthn.helpers import (
    options_to_json_dict,
    parse_authentication_credential_json,
    parse_client_data_json,
    parse_registration_credential_json,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    CredentialDeviceType,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from argus.contracts.auth.events import PasskeyRegistered, PasskeyRemoved
from argus.kernel.clock import Clock
from argus.kernel.db.unit_of_work import UnitOfWork
from argus.kernel.ids import UserId, format_id, new_id
from argus.services.auth.passkeys.errors import PasskeyInvalid, PasskeyNotFound
from argus.services.auth.passkeys.models import Passkey, PasskeyChallenge
from argus.services.auth.passkeys.repository import PasskeyRepository

CHALLENGE_LIFE = timedelta(minutes=5)

# What the library lets through of its own parsers when an answer is no answer at all.
_MALFORMED = (WebAuthnException, ValueError, TypeError, KeyError, OverflowError)

Options = dict[str, JsonValue]
"""Options of `navigator.credentials`, in the JSON form of WebAuthn section 5.1."""
Purpose = Literal["register", "sign_in", "confirm"]


@dataclass(frozen=True)
class RelyingParty:
    """This installation, as authenticators know it."""

    id: str
    name: str
    origin: str

    @classmethod
    def of(cls, base_url: str) -> "RelyingParty":
        """The one at this address; browsers take a domain, `localhost` too, but no IP address."""
        parts = urlsplit(base_url)
        return cls(parts.hostname or "", "Argus", f"{parts.scheme}://{parts.netloc}")


@dataclass(frozen=True)
class PasskeyUse:
    """A passkey that answered its challenge."""

    passkey_id: UUID
    user_id: UserId
    strength: tuple[str, ...]
    """RFC 8176: `hwk` bound to a device or `swk` synced, `user` present; `mfa` where the
    authenticator verified its user by PIN or body, which makes it two factors.
    """


class PasskeyService:
    """A person's passkeys. A challenge is answered once, within `CHALLENGE_LIFE`."""

    def __init__(self, uow: UnitOfWork, clock: Clock, relying_party: RelyingParty) -> None:
        self._uow, self._clock, self._party = uow, clock, relying_party
        self._passkeys = PasskeyRepository(uow)

    async def of_user(self, user_id: UserId) -> list[Passkey]:
        """The oldest first."""
        return await self._passkeys.of_user(user_id)

    async def registration_options(self, user_id: UserId, account: str, name: str) -> Options:
        """Options for a new passkey, which also signs in without a user name."""
        known = await self._passkeys.of_user(user_id)
        options = webauthn.generate_registration_options(
            rp_id=self._party.id,
            rp_name=self._party.name,
            user_id=user_id.bytes,
            user_name=account,
            user_display_name=name,
            challenge=await self._challenge("register", user_id),
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED,
                user_verification=UserVerificationRequirement.PREFERRED,
            ),
            exclude_credentials=[_descriptor(passkey) for passkey in known],
        )
        return options_to_json_dict(options)

    async def register(self, user_id: UserId, name: str, credential: Options) -> Passkey:
        """Add the passkey that the browser made.

        Raises:
            PasskeyInvalid
        """
        text = json.dumps(credential)
        try:
            parsed = parse_registration_credential_json(text)
            challenge = parse_client_data_json(parsed.response.client_data_json).challenge
            await self._take(challenge, "register", user_id)
            verified = webauthn.verify_registration_response(
                credential=parsed,
                expected_challenge=challenge,
                expected_rp_id=self._party.id,
                expected_origin=self._party.origin,
            )
        except _MALFORMED as error:
            raise PasskeyInvalid(str(error)) from None
        values: dict[str, object] = {
            "id": new_id(),
            "user_id": user_id,
            "credential_id": verified.credential_id,
            "public_key": verified.credential_public_key,
            "sign_count": verified.sign_count,
            "transports": [transport.value for transport in parsed.response.transports or ()],
            "synced": verified.credential_device_type is CredentialDeviceType.MULTI_DEVICE,
            "name": name,
            "created_at": self._clock.now(),
            "last_used_at": None,
        }
        if not await self._passkeys.add_unless_known(values):
            raise PasskeyInvalid("this passkey is registered already")
        passkey = Passkey(**values)
        await self._uow.emit(
            PasskeyRegistered(
                user_id=format_id("usr", user_id), passkey_id=format_id("pky", passkey.id)
            )
        )
        return passkey

    async def sign_in_options(self) -> Options:
        """Options to sign in with whatever passkey the person picks; nobody is named."""
        options = webauthn.generate_authentication_options(
            rp_id=self._party.id,
            challenge=await self._challenge("sign_in", None),
            user_verification=UserVerificationRequirement.REQUIRED,
        )
        return options_to_json_dict(options)

    async def confirm_options(self, user_id: UserId) -> Options:
        """Options to confirm by one of the user's passkeys."""
        known = await self._passkeys.of_user(user_id)
        options = webauthn.generate_authentication_options(
            rp_id=self._party.id,
            challenge=await self._challenge("confirm", user_id),
            allow_credentials=[_descriptor(passkey) for passkey in known],
        )
        return options_to_json_dict(options)

    async def sign_in(self, credential: Options) -> PasskeyUse | None:
        """Whose passkey answered, having verified its user; None for a wrong or late answer."""
        return await self._use(credential, "sign_in", None)

    async def confirm(self, user_id: UserId, credential: Options) -> PasskeyUse | None:
        """The same for a challenge to this user; None too for another person's passkey."""
        return await self._use(credential, "confirm", user_id)

    async def is_still(self, used: PasskeyUse) -> bool:
        """Whether nobody has removed the passkey since, and nobody does before this unit ends."""
        return await self._passkeys.hold(used.passkey_id)

    async def remove(self, user_id: UserId, passkey_id: UUID) -> None:
        """The passkey is good for nothing any more.

        Raises:
            PasskeyNotFound: unknown, or another person's.
        """
        if not await self._passkeys.remove(user_id, passkey_id):
            raise PasskeyNotFound
        await self._uow.emit(
            PasskeyRemoved(
                user_id=format_id("usr", user_id), passkey_id=format_id("pky", passkey_id)
            )
        )

    async def _use(
        self, credential: Options, purpose: Purpose, user_id: UserId | None
    ) -> PasskeyUse | None:
        try:
            parsed = parse_authentication_credential_json(json.dumps(credential))
            challenge = parse_client_data_json(parsed.response.client_data_json).challenge
            await self._take(challenge, purpose, user_id)
            passkey = await self._passkeys.find_for_update(parsed.raw_id)
            if passkey is None or user_id not in (None, passkey.user_id):
                return None
            if parsed.response.user_handle not in (None, b"", passkey.user_id.bytes):
                return None
            verified = webauthn.verify_authentication_response(
                credential=parsed,
                expected_challenge=challenge,
                expected_rp_id=self._party.id,
                expected_origin=self._party.origin,
                credential_public_key=passkey.public_key,
                credential_current_sign_count=passkey.sign_count,
                require_user_verification=purpose == "sign_in",
            )
        except (*_MALFORMED, PasskeyInvalid):
            return None
        await self._passkeys.used(passkey.id, verified.new_sign_count, self._clock.now())
        key = "swk" if passkey.synced else "hwk"
        strength = (key, "user", "mfa") if verified.user_verified else (key, "user")
        return PasskeyUse(passkey.id, UserId(passkey.user_id), strength)

    async def _challenge(self, purpose: Purpose, user_id: UserId | None) -> bytes:
        challenge = secrets.token_bytes(32)
        await self._passkeys.add_challenge(
            PasskeyChallenge(
                challenge=challenge,
                purpose=purpose,
                user_id=user_id,
                expires_at=self._clock.now() + CHALLENGE_LIFE,
            )
        )
        return challenge

    async def _take(self, challenge: bytes, purpose: Purpose, user_id: UserId | None) -> None:
        if not await self._passkeys.take_challenge(challenge, purpose, user_id, self._clock.now()):
            raise PasskeyInvalid("the challenge is unknown, too old, or was answered before")


def _descriptor(passkey: Passkey) -> PublicKeyCredentialDescriptor:
    known = {transport.value for transport in AuthenticatorTransport}
    return PublicKeyCredentialDescriptor(
        id=passkey.credential_id,
        transports=[
            AuthenticatorTransport(transport)
            for transport in passkey.transports
            if transport in known
        ],
    )
