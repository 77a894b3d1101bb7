"""Between machines both ends show who they are; without certificates nobody leaves this one."""

import shutil
import socket
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from google.protobuf.wrappers_pb2 import StringValue

from argus.kernel import context
from argus.kernel.errors import Unavailable
from argus.kernel.loopback import is_loopback
from argus.kernel.rpc.client import Rpc
from argus.kernel.rpc.remote import GrpcTransport
from argus.kernel.rpc.server import GrpcServer
from argus.kernel.rpc.tls import MutualTls, SiblingNotReachableSafely
from argus.kernel.settings import KernelSettings
from support import toy as toys
from support.certificates import certify
from support.toy import Toy, of, organization


def tls(folder: Path, name: str = "127.0.0.1") -> MutualTls:
    """A certificate for this name, which is its own authority."""
    folder.mkdir(exist_ok=True)
    certificate, key = certify(folder, name)
    settings = KernelSettings(
        grpc_certificate=certificate, grpc_key=key, grpc_authority=certificate
    )
    found = MutualTls.of(settings)
    assert found is not None
    return found


def server_of(toy: Toy) -> GrpcServer:
    return GrpcServer(
        [toy.module], toy.rpc, toy.server.keyring, toy.callers, toys.limits(toy.settings), ""
    )


@pytest.fixture
def ours(tmp_path: Path) -> MutualTls:
    return tls(tmp_path / "ours")


@pytest.fixture
async def address(toy: Toy, ours: MutualTls) -> AsyncGenerator[str]:
    server = server_of(toy)
    port = await server.start("127.0.0.1", 0, ours)
    yield f"127.0.0.1:{port}"
    await server.stop()


async def ask(toy: Toy, address: str, shown: MutualTls | None) -> str:
    """The answer to a sibling that shows this certificate."""
    transport, rpc = GrpcTransport(address, toy.server.keyring, toy.clock, shown), Rpc()
    rpc.connect({"toy": transport})
    context.principal.set(of(organization()))
    try:
        return (await rpc.call(toys.WHO_ASKS, StringValue())).value
    finally:
        await transport.close()


async def test_siblings_with_certificates_of_one_authority_reach_each_other(
    toy: Toy, address: str, ours: MutualTls
) -> None:
    assert (await ask(toy, address, ours)).startswith("service:toy")


async def test_nobody_else_does_whatever_they_know(
    toy: Toy, address: str, ours: MutualTls, tmp_path: Path
) -> None:
    foreign = tls(tmp_path / "foreign")
    trusting = MutualTls(foreign.certificate, foreign.key, ours.authority)
    for shown in (None, foreign, trusting):
        with pytest.raises(Unavailable):
            await ask(toy, address, shown)


async def test_a_callee_with_a_certificate_for_another_name_is_not_called(
    toy: Toy, tmp_path: Path
) -> None:
    elsewhere = tls(tmp_path / "elsewhere", "auth.example")
    server = server_of(toy)
    port = await server.start("127.0.0.1", 0, elsewhere)
    with pytest.raises(Unavailable):
        await ask(toy, f"127.0.0.1:{port}", elsewhere)
    await server.stop()


async def test_new_certificates_count_at_both_ends_without_a_restart(
    toy: Toy, address: str, ours: MutualTls, tmp_path: Path
) -> None:
    former = MutualTls(
        *(
            Path(shutil.copy(path, tmp_path / f"former-{path.name}"))
            for path in (ours.certificate, ours.key, ours.authority)
        )
    )
    transport, rpc = GrpcTransport(address, toy.server.keyring, toy.clock, ours), Rpc()
    rpc.connect({"toy": transport})
    context.principal.set(of(organization()))
    for _ in range(3):
        assert (await rpc.call(toys.WHO_ASKS, StringValue())).value.startswith("service:toy")
        certify(ours.certificate.parent, "127.0.0.1")
    await transport.close()
    with pytest.raises(Unavailable):
        await ask(toy, address, former)


async def test_without_a_certificate_the_port_is_for_this_machine_only(toy: Toy) -> None:
    server = server_of(toy)
    port = await server.start("0.0.0.0", 0)
    assert (await ask(toy, f"127.0.0.1:{port}", None)).startswith("service:toy")
    with socket.socket() as other, pytest.raises(ConnectionRefusedError):
        other.connect(("127.0.0.2", port))
    await server.stop()


@pytest.mark.parametrize("target", ["auth.example:8701", "192.0.2.1:8701", "127.0.0.1.example:1"])
async def test_without_a_certificate_no_other_machine_is_called(toy: Toy, target: str) -> None:
    with pytest.raises(SiblingNotReachableSafely):
        GrpcTransport(target, toy.server.keyring, toy.clock)


def test_a_part_of_the_settings_is_none(tmp_path: Path) -> None:
    certificate, _key = certify(tmp_path, "127.0.0.1")
    with pytest.raises(SiblingNotReachableSafely):
        MutualTls.of(KernelSettings(grpc_certificate=certificate))
    assert MutualTls.of(KernelSettings()) is None


def test_loopback_is_told_from_what_looks_like_it() -> None:
    assert all(map(is_loopback, ("localhost", "127.0.0.1", "127.8.8.8", "[::1]")))
    assert not any(map(is_loopback, ("", "localhost.example", "10.0.0.1", "[::]", "0.0.0.0")))
