"""How processes of one installation reach each other: mutual TLS, or loopback alone."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import grpc
import structlog
from grpc import aio

from argus.kernel.errors import ArgusError
from argus.kernel.loopback import is_loopback
from argus.kernel.settings import KernelSettings

_log = structlog.get_logger(__name__)


class SiblingNotReachableSafely(ArgusError):
    """`ARGUS_SERVICE_ADDRESSES` names another machine, and there is no certificate for the way.

    Give each process `ARGUS_GRPC_CERTIFICATE`, `ARGUS_GRPC_KEY` and `ARGUS_GRPC_AUTHORITY`, files
    in PEM, all three; or keep the services on one machine and name them by `127.0.0.1`.
    """

    code, status, title = "kernel.rpc.no_certificate", 422, "No certificate for another machine"


@dataclass(frozen=True)
class MutualTls:
    """PEM files of who we are, and of who may vouch for the others. Both ends show a certificate.

    New files count from the next connection on.
    """

    certificate: Path
    key: Path
    authority: Path

    @classmethod
    def of(cls, settings: KernelSettings) -> Self | None:
        """What the installation has set; None without.

        Raises:
            SiblingNotReachableSafely: only a part of it is set.
            OSError: a file cannot be read.
        """
        files = (settings.grpc_certificate, settings.grpc_key, settings.grpc_authority)
        if all(file is None for file in files):
            return None
        if any(file is None for file in files):
            raise SiblingNotReachableSafely("set all three variables, or none")
        found = cls(*(file for file in files if file is not None))
        found.version()
        return found

    def version(self) -> tuple[tuple[int, int], ...]:
        """Another one whenever a file is another one.

        Raises:
            OSError: a file is not there.
        """
        found = (path.stat() for path in (self.certificate, self.key, self.authority))
        return tuple((each.st_ino, each.st_mtime_ns) for each in found)

    def channel(self, target: str, options: list[tuple[str, int]]) -> aio.Channel:
        """A connection to `target`, whose certificate must name its host."""
        credentials = grpc.ssl_channel_credentials(
            self.authority.read_bytes(), self.key.read_bytes(), self.certificate.read_bytes()
        )
        return aio.secure_channel(target, credentials, options)

    def server_credentials(self) -> grpc.ServerCredentials:
        """For a port that only those enter who show a certificate of the authority."""
        served = self.version()

        def renewed() -> grpc.ServerCertificateConfiguration | None:
            """Asked at each handshake; None: as before, also while files are being replaced."""
            nonlocal served
            try:
                found = self.version()
                configuration = None if found == served else self._configuration()
            except OSError as error:
                _log.warning("tls.not_renewed", error=str(error))
                return None
            served = found
            return configuration

        return grpc.dynamic_ssl_server_credentials(
            self._configuration(),
            renewed,  # pyright: ignore[reportArgumentType] - the stubs do not know None
            require_client_authentication=True,
        )

    def _configuration(self) -> grpc.ServerCertificateConfiguration:
        return grpc.ssl_server_certificate_configuration(
            [(self.key.read_bytes(), self.certificate.read_bytes())], self.authority.read_bytes()
        )


def open_channel(target: str, tls: MutualTls | None, options: list[tuple[str, int]]) -> aio.Channel:
    """A connection to a sibling.

    Raises:
        SiblingNotReachableSafely: it is on another machine, and there is no certificate.
    """
    if tls is not None:
        return tls.channel(target, options)
    if not is_loopback(target.rpartition(":")[0]):
        raise SiblingNotReachableSafely(target)
    return aio.insecure_channel(target, options)
