"""Asks an LDAP directory who somebody is (RFC 4511, 4513): look the person up, then bind as them.

The only module that touches `ldap3`, which has no types and blocks, so it runs in threads.
"""

import asyncio
import ssl
from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import Any, cast

import ldap3
import structlog
from ldap3.core.exceptions import (
    LDAPException,
    LDAPInvalidCredentialsResult,
    LDAPSASLPrepError,
)
from ldap3.utils.conv import escape_filter_chars

from argus.services.auth.providers.errors import ProviderFailed
from argus.services.auth.providers.identity import UpstreamIdentity
from argus.services.auth.providers.settings import LdapDirectory

TIMEOUT_S = 5
_FOUND = "searchResEntry"

_log = structlog.get_logger(__name__)


class _Tls(ldap3.Tls):
    """TLS as Python does it today. The library would compare names itself, in a way that Python
    3.12 removed, and leave the socket open when they differ.
    """

    def wrap_socket(self, connection: Any, do_handshake: bool = False) -> None:  # noqa: ARG002 - as the library calls it
        context = ssl.create_default_context(cafile=self.ca_certs_file)
        connection.socket = context.wrap_socket(
            connection.socket, server_hostname=connection.server.host
        )


class DirectoryClient:
    """One directory. Each question has connections of its own, none of which follows referrals."""

    def __init__(self, name: str, settings: LdapDirectory) -> None:
        self._name, self._settings = name, settings

    async def identify(self, username: str, password: str) -> UpstreamIdentity | None:
        """The one person of that user name, if the password is theirs.

        Raises:
            ProviderFailed: the directory does not answer, or its certificate is not good.
        """
        # RFC 4513 section 5.1.2: a bind without a password succeeds, for anybody.
        if not username or not password:
            return None
        try:
            return await asyncio.to_thread(self._identify, username, password)
        except (LDAPException, OSError) as error:
            _log.warning("auth.directory.failed", directory=self._name, why=str(error))
            raise ProviderFailed from error

    def _identify(self, username: str, password: str) -> UpstreamIdentity | None:
        settings = self._settings
        wanted = (settings.id_attribute, settings.email_attribute, settings.name_attribute)
        with self._bound(settings.bind_dn, settings.bind_password.get_secret_value()) as directory:
            directory.search(
                settings.base_dn,
                settings.filter.replace("{username}", escape_filter_chars(username)),
                attributes=list(wanted),
                size_limit=2,
                time_limit=TIMEOUT_S,
            )
            people = [found for found in directory.response if found["type"] == _FOUND]
        if len(people) != 1:
            return None
        try:
            with self._bound(people[0]["dn"], password):
                pass
        except (LDAPInvalidCredentialsResult, LDAPSASLPrepError):
            return None
        subject, email, name = (_first(people[0], attribute) for attribute in wanted)
        if not subject:
            _log.warning("auth.directory.no_id", directory=self._name)
            raise ProviderFailed
        return UpstreamIdentity(
            issuer=f"ldap:{self._name}",
            subject=subject,
            email=email,
            email_verified=bool(email),
            name=name,
        )

    @contextmanager
    def _bound(self, dn: str, password: str) -> Generator[Any]:
        """A connection as that entry, or anonymous without one; closed whatever happens, since the
        library leaves it open when it cannot be made or bound.
        """
        settings = self._settings
        server = ldap3.Server(
            settings.url,
            connect_timeout=TIMEOUT_S,
            get_info=ldap3.NONE,
            tls=_Tls(validate=ssl.CERT_REQUIRED, ca_certs_file=settings.ca_file),
        )
        connection: Any = ldap3.Connection(
            server,
            user=dn or None,
            password=password or None,
            authentication=ldap3.SIMPLE if dn else ldap3.ANONYMOUS,
            auto_referrals=False,
            read_only=True,
            raise_exceptions=True,
            receive_timeout=TIMEOUT_S,
        )
        try:
            connection.open(read_server_info=False)
            if settings.start_tls and not server.ssl:
                connection.start_tls(read_server_info=False)
            connection.bind(read_server_info=False)
            yield connection
        finally:
            opened = connection.socket
            with suppress(LDAPException, OSError):
                connection.unbind()
            if opened is not None:
                opened.close()


def _first(person: dict[str, Any], attribute: str) -> str:
    """The first value of an attribute as text; what is no text, such as `objectGUID`, in hex."""
    values = cast("dict[str, list[bytes]]", person["raw_attributes"]).get(attribute)
    if not values:
        return ""
    try:
        text = values[0].decode()
    except UnicodeDecodeError:
        return values[0].hex()
    return text if text.isprintable() else values[0].hex()
