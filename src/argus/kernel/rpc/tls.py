"""How processes of one installation reach each other: mutual TLS, or loopback alone."""

from dataclasses import dataclass, field
from typing import Self

import grpc
from grpc import aio

from argus.kernel.errors import ArgusError
from argus.kernel.loopback import is_loopback
from argus.kernel.settings import KernelSettings


class SiblingNotReachableSafely(ArgusError):
    """`ARGUS_SERVICE_ADDRESSES` names another machine, and there is no certificate for the way.

    Give each process `ARGUS_GRPC_CERTIFICATE`, `ARGUS_GRPC_KEY` and `ARGUS_GRPC_AUTHORITY`, files
    in PEM, all three; or keep the services on one machine and name them by `127.0.0.1`.
    """

    code, status, title = "kernel.rpc.no_certificate", 422, "No certificate for another machine"


@dataclass(frozen=True)
class MutualTls:
    """Who we are, and who may vouch for the others. Both ends show a certificate."""

    certificate: bytes
    key: bytes = field(repr=False)
    authority: bytes

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
        return cls(*(file.read_bytes() for file in files if file is not None))

    def channel(self, target: str, options: list[tuple[str, int]]) -> aio.Channel:
        """A connection to `target`, whose certificate must name its host."""
        credentials = grpc.ssl_channel_credentials(self.authority, self.key, self.certificate)
        return aio.secure_channel(target, credentials, options)

    def server_credentials(self) -> grpc.ServerCredentials:
        """For a port that only those enter who show a certificate of the authority."""
        return grpc.ssl_server_credentials(
            [(self.key, self.certificate)], self.authority, require_client_auth=True
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
