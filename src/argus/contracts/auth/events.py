"""What the auth service tells the others."""

from datetime import datetime

from argus.kernel.events import Event, event


@event(topic="argus.auth.session.v1", partition_key="user_id")
class UserSignedIn(Event):
    """A session began. Identifiers are in their public form, in all events."""

    user_id: str
    session_id: str
    strength: list[str]


@event(topic="argus.auth.session.v1", partition_key="user_id")
class SignInFailed(Event):
    """A password was wrong, for a user that exists. Nothing is emitted for unknown addresses."""

    user_id: str


@event(topic="argus.auth.session.v1", partition_key="user_id")
class ClientLetIn(Event):
    """A person let a client act for them: a session of that client began."""

    user_id: str
    session_id: str
    client_id: str
    scopes: list[str]
    audience: str


@event(topic="argus.auth.consent.v1", partition_key="user_id")
class ConsentGiven(Event):
    """A person agreed that a client may do this in one organization, that of the envelope."""

    user_id: str
    client_id: str
    audience: str
    scopes: list[str]


@event(topic="argus.auth.consent.v1", partition_key="user_id")
class ConsentTakenBack(Event):
    """The client must ask again; what it had by the consent ended."""

    user_id: str
    client_id: str
    audience: str


@event(topic="argus.auth.session.v1", partition_key="user_id")
class IdentityAssertionIssued(Event):
    """A client can show another authorization server, the `audience`, that it may act there for the
    user.
    """

    user_id: str
    client_id: str
    assertion_id: str
    audience: str
    scopes: list[str]


@event(topic="argus.auth.access_token.v1", partition_key="subject")
class AccessTokenIssued(Event):
    """A client got an access token without a session of its own; `grant` is how.

    `subject` is whom the token speaks for, `actors` who acts in its name, outermost first.
    """

    subject: str
    client_id: str
    grant: str
    scopes: list[str]
    audience: str
    actors: list[str]


@event(topic="argus.auth.access_token.v1", partition_key="subject")
class AccessTokensIssued(Event):
    """So many access tokens that are alike were issued by one process: a client's own, for its
    service account. Who asked for them, and from which address, is the principal of the envelope.

    Token ids are UUIDv7 and so ordered by time: those of the others lie between the first and the
    last.
    """

    subject: str
    client_id: str
    grant: str
    scopes: list[str]
    audience: str
    count: int
    first_token_id: str
    last_token_id: str
    first_at: datetime
    last_at: datetime


@event(topic="argus.auth.access_token.v1", partition_key="subject")
class AccessTokenRevoked(Event):
    """A client gave up one access token before it expired (RFC 7009)."""

    subject: str
    client_id: str
    token_id: str


@event(topic="argus.auth.session.v1", partition_key="user_id")
class SessionRevoked(Event):
    """The session's tokens no longer authenticate. `reason`: sign_out, revoked,
    refresh_reuse, code_reuse, consent_taken_back, password, taken_over, unlinked,
    impersonation_ended, deactivated, client (it gave its tokens up).
    """

    user_id: str
    session_id: str
    reason: str


@event(topic="argus.auth.session.v1", partition_key="user_id")
class SecondFactorFailed(Event):
    """Somebody who passed the user's first factor, or holds a session, failed at the second."""

    user_id: str


@event(topic="argus.auth.session.v1", partition_key="user_id")
class SessionSteppedUp(Event):
    """The person showed again who they are; `strength` is the session's from now on."""

    user_id: str
    session_id: str
    strength: list[str]


@event(topic="argus.auth.second_factor.v1", partition_key="user_id")
class TotpChanged(Event):
    """An authenticator app is asked from now on, or (`enrolled` false) no longer."""

    user_id: str
    enrolled: bool


@event(topic="argus.auth.second_factor.v1", partition_key="user_id")
class RecoveryCodesReplaced(Event):
    """The user has new recovery codes; the earlier ones are void."""

    user_id: str


@event(topic="argus.auth.second_factor.v1", partition_key="user_id")
class RecoveryCodeUsed(Event):
    """A recovery code replaced the second factor; `left` can still be used."""

    user_id: str
    left: int


@event(topic="argus.auth.second_factor.v1", partition_key="user_id")
class PasskeyRegistered(Event):
    """The passkey signs the user in from now on."""

    user_id: str
    passkey_id: str


@event(topic="argus.auth.second_factor.v1", partition_key="user_id")
class PasskeyRemoved(Event):
    """The passkey is good for nothing any more."""

    user_id: str
    passkey_id: str


@event(topic="argus.auth.account.v1", partition_key="user_id")
class AccountTakenOver(Event):
    """Whoever reads the mail of a never verified account proved it: what was set up in it before
    is not theirs. Credentials, sessions and links to other providers end, and so do keys, clients
    and service accounts of the personal organization, which the event is of.
    """

    user_id: str


@event(topic="argus.auth.password.v1", partition_key="user_id")
class PasswordSet(Event):
    """The user's password is new; the sessions of the user ended with the old one, but for the one
    in which it was changed.
    """

    user_id: str


@event(topic="argus.auth.api_key.v1", partition_key="api_key_id")
class ApiKeyCreated(Event):
    """The key authenticates from now on. `expires_at` None: it never expires. `user_id` tells whose
    personal access token it is; `service_account_id`, whom it speaks for; `imported`, that another
    system made it.
    """

    api_key_id: str
    name: str
    scopes: list[str]
    expires_at: datetime | None
    user_id: str | None = None
    service_account_id: str | None = None
    imported: bool = False


@event(topic="argus.auth.api_key.v1", partition_key="api_key_id")
class ApiKeyRevoked(Event):
    """The key no longer authenticates."""

    api_key_id: str
    reason: str


@event(topic="argus.auth.api_key.v1", partition_key="api_key_id")
class ApiKeyRotated(Event):
    """The key has a successor and expires at `expires_at`, sooner than before."""

    api_key_id: str
    successor_id: str
    expires_at: datetime


@event(topic="argus.auth.signing_key.v1", partition_key="kid")
class SigningKeyRotated(Event):
    """A new key signs from `signs_from` on; it was published before."""

    kid: str
    signs_from: datetime


@event(topic="argus.auth.signing_key.v1", partition_key="kid")
class SigningKeyWithdrawn(Event):
    """The key is no secret any more: its tokens are refused, and another key signs."""

    kid: str


@event(topic="argus.auth.organization_security.v1", partition_key="organization_id")
class OrganizationSecurityChanged(Event):
    """The organization demands other things of who enters it; `changed` names the settings."""

    organization_id: str
    changed: list[str]


@event(topic="argus.auth.client.v1", partition_key="client_id")
class ClientCreated(Event):
    """An organization registered the OAuth client; `service_account_id` None: it acts for nobody
    but the people who let it in.
    """

    client_id: str
    name: str
    service_account_id: str | None


@event(topic="argus.auth.client.v1", partition_key="client_id")
class ClientRegisteredItself(Event):
    """A client that no organization vouches for (RFC 7591)."""

    client_id: str


@event(topic="argus.auth.client.v1", partition_key="client_id")
class ClientChanged(Event):
    """`changed` names what is different: metadata of RFC 7591, `resources`, `service_account_id`.
    `narrowed`: it may not get all any more that people let it have.
    """

    client_id: str
    changed: list[str]
    narrowed: bool


@event(topic="argus.auth.client.v1", partition_key="client_id")
class ClientDeleted(Event):
    """The client gets no more tokens, and those that it had are dead."""

    client_id: str


@event(topic="argus.auth.client.v1", partition_key="client_id")
class ClientSecretCreated(Event):
    """The client has one more secret; `others_expire_at` None: the others stay as they were."""

    client_id: str
    client_secret_id: str
    others_expire_at: datetime | None


@event(topic="argus.auth.client.v1", partition_key="client_id")
class ClientSecretRevoked(Event):
    """The secret no longer authenticates the client."""

    client_id: str
    client_secret_id: str


@event(topic="argus.auth.resource.v1", partition_key="resource_id")
class ResourceCreated(Event):
    """Tokens can be for this audience from now on."""

    resource_id: str
    identifier: str


@event(topic="argus.auth.resource.v1", partition_key="resource_id")
class ResourceChanged(Event):
    """The resource has another name or other scopes."""

    resource_id: str
    scopes: list[str]


@event(topic="argus.auth.resource.v1", partition_key="resource_id")
class ResourceDeleted(Event):
    """No token is issued for it any more."""

    resource_id: str
    identifier: str


@event(topic="argus.auth.service_account.v1", partition_key="service_account_id")
class ServiceAccountCreated(Event):
    """The organization has a principal that is no person."""

    service_account_id: str
    name: str
    permissions: list[str]


@event(topic="argus.auth.service_account.v1", partition_key="service_account_id")
class ServiceAccountChanged(Event):
    """It has these permissions now; tokens with the earlier ones are dead."""

    service_account_id: str
    permissions: list[str]


@event(topic="argus.auth.service_account.v1", partition_key="service_account_id")
class ServiceAccountDisabled(Event):
    """Its credentials authenticate no more, for good."""

    service_account_id: str


@event(topic="argus.auth.session.v1", partition_key="user_id")
class DeviceAuthorized(Event):
    """The person let a device of this client in; its session begins when it collects its tokens."""

    user_id: str
    client_id: str


@event(topic="argus.auth.session.v1", partition_key="user_id")
class DeviceRefused(Event):
    """The person refused a device of this client."""

    user_id: str
    client_id: str


@event(topic="argus.auth.identity.v1", partition_key="user_id")
class IdentityLinked(Event):
    """The user signs in by this provider from now on."""

    user_id: str
    identity_id: str
    provider: str


@event(topic="argus.auth.identity.v1", partition_key="user_id")
class IdentityUnlinked(Event):
    """The user signs in by this identity no more; the provider's tokens are forgotten."""

    user_id: str
    identity_id: str
    provider: str


@event(topic="argus.auth.identity.v1", partition_key="user_id")
class UpstreamTokenLent(Event):
    """A service got a provider's access token, to act for the user there."""

    user_id: str
    identity_id: str
    provider: str
    service: str


@event(topic="argus.auth.impersonation.v1", partition_key="user_id")
class ImpersonationStarted(Event):
    """Until `ends_at`, `administrator_id` acts as the user in the session, for this reason. What is
    done in it names the administrator among the actors of its entries in the audit log.
    """

    user_id: str
    administrator_id: str
    session_id: str
    reason: str
    ends_at: datetime


@event(topic="argus.auth.impersonation.v1", partition_key="user_id")
class ImpersonationGranted(Event):
    """The user may begin impersonations in the organization until then."""

    user_id: str
    expires_at: datetime


@event(topic="argus.auth.impersonation.v1", partition_key="user_id")
class ImpersonationGrantWithdrawn(Event):
    """The user may begin impersonations no more."""

    user_id: str
