"""Other systems that sign people in, as the installation names them in `ARGUS_AUTH_PROVIDERS`."""

from typing import Annotated, Literal

from pydantic import Field, SecretStr, StringConstraints

from argus.kernel.schema import Value

ProviderName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,30}$")]
"""Stands in addresses, in sessions as how the person signed in, and in organizations' settings."""
TenantId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]


class _Provider(Value):
    title: str = ""
    """What people read on the sign-in page; empty means the name."""
    sign_up: bool = False
    """Whom the provider knows gets an account, whatever `ARGUS_AUTH_SIGN_UP` says."""
    email_is_proof: bool = False
    """Whether a verified e-mail address of the provider is enough to enter the account that has it.

    Only for a provider that you trust with every address it may state.
    """


class _OAuthProvider(_Provider):
    client_id: str
    client_secret: SecretStr
    lend_to: tuple[str, ...] = ()
    """Services that may act for a person there; if there are any, tokens are kept, sealed."""


class OidcProvider(_OAuthProvider):
    """Any OpenID provider, found by discovery at `issuer`."""

    kind: Literal["oidc"]
    issuer: str
    """Exactly as its tokens spell it."""
    scopes: tuple[str, ...] = ("openid", "email", "profile")


class MicrosoftProvider(_OAuthProvider):
    """Microsoft Entra ID. People are known by tenant and object id, never by e-mail address."""

    kind: Literal["microsoft"]
    tenants: tuple[TenantId, ...] = ()
    """Whose people may sign in; empty means everybody with a Microsoft account."""
    authority: str = "https://login.microsoftonline.com"
    """Another one for national clouds."""
    scopes: tuple[str, ...] = ("openid", "email", "profile")
    email_is_proof: bool = True
    """Counts only where Microsoft states that the tenant owns the domain (`xms_edov`)."""


class GitHubProvider(_OAuthProvider):
    """GitHub, or a GitHub Enterprise Server at other addresses."""

    kind: Literal["github"]
    url: str = "https://github.com"
    api_url: str = "https://api.github.com"
    scopes: tuple[str, ...] = ("read:user", "user:email")
    email_is_proof: bool = True
    """Only the primary address counts, and only when GitHub has verified it."""


class LdapDirectory(_Provider):
    """An LDAP directory: people type its user name and password into Argus."""

    kind: Literal["ldap"]
    url: str = Field(pattern=r"^ldaps?://")
    start_tls: bool = True
    """With `ldap://`; without, passwords cross the network in clear text."""
    ca_file: str | None = None
    """Authorities of the directory's certificate; unset means the system's."""
    bind_dn: str = ""
    bind_password: SecretStr = SecretStr("")
    """The account that looks people up; empty means anonymously."""
    base_dn: str
    filter: str = "(&(objectClass=person)(uid={username}))"
    """Finds one person; `{username}` is what was typed, escaped."""
    id_attribute: str = "entryUUID"
    """Never reassigned and never changed: `objectGUID` in Active Directory."""
    email_attribute: str = "mail"
    name_attribute: str = "cn"


OAuthProvider = OidcProvider | MicrosoftProvider | GitHubProvider
Provider = Annotated[OAuthProvider | LdapDirectory, Field(discriminator="kind")]
