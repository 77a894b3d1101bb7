"""Other systems that sign people in, as they are: started for tests, on loopback."""

import os
import re
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx

from argus.kernel.processes import tied
from support.npm import NODE, installed
from support.processes import stop

PEERS = Path(__file__).parents[1] / "peers"
CACHE = Path(__file__).parents[2] / ".cache"
REDIRECT_URI = "http://127.0.0.1:8700/api/v1/oauth/{provider}/callback"
"""Of an installation with the default address."""
START_TIMEOUT_S = 60


@contextmanager
def oidc_provider(provider: str) -> Iterator[str]:
    """The issuer of node-oidc-provider, whose one client is Argus, which calls it `provider`."""
    folder = installed(PEERS / "oidc-provider")
    program = folder / "server.mjs"  # beside node_modules, where Node looks for packages
    program.write_bytes((PEERS / "oidc-provider" / "server.mjs").read_bytes())
    command = [str(NODE), str(program), REDIRECT_URI.format(provider=provider)]
    with running(command) as process:
        yield first_line(process)


async def sign_in_there(url: str, login: str) -> httpx.URL:
    """The address to which node-oidc-provider sends a browser that came to `url`, after its person
    has typed `login` and consented.
    """
    async with httpx.AsyncClient(trust_env=False) as browser:
        answer = await browser.get(url)
        for _ in range(10):
            if answer.is_redirect:
                target = answer.url.join(answer.headers["location"])
                if "/api/v1/oauth/" in target.path:
                    return target
                answer = await browser.get(target)
                continue
            assert answer.status_code == 200, answer.text
            form = re.search(r'<form[^>]* action="([^"]+)"', answer.text)
            assert form is not None, answer.text
            hidden = re.findall(r'type="hidden" name="(\w+)" value="(\w*)"', answer.text)
            fields = {**dict(hidden), "login": login, "password": "any"}
            action = urljoin(str(answer.url), unescape(form[1]))
            answer = await browser.post(action, data=fields)
    raise AssertionError(f"no end at {answer.url}")


@dataclass(frozen=True)
class Cognito:
    """A server that speaks Amazon Cognito's interface."""

    url: str

    def call(self, action: str, **parameters: object) -> dict[str, Any]:
        """The answer to an action of the API `cognito-idp`."""
        answer = httpx.post(
            self.url,
            headers={
                "X-Amz-Target": f"AWSCognitoIdentityProviderService.{action}",
                "Content-Type": "application/x-amz-json-1.1",
                # By which moto knows for which of AWS's services it is.
                "Authorization": "AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/cognito-idp/"
                "aws4_request, SignedHeaders=host, Signature=0",
            },
            json=parameters,
            trust_env=False,
            timeout=30,
        )
        assert answer.status_code == 200, answer.text
        return answer.json() if answer.content else {}

    def pool(self, *groups: str) -> "Pool":
        """A new user pool with a client, and a user in these groups."""
        pool_id: str = self.call("CreateUserPool", PoolName="people")["UserPool"]["Id"]
        client = self.call(
            "CreateUserPoolClient",
            UserPoolId=pool_id,
            ClientName="an application",
            ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        )
        user = {"UserPoolId": pool_id, "Username": "ada@example.com"}
        attributes = [{"Name": "email", "Value": "ada@example.com"}]
        self.call(
            "AdminCreateUser",
            **user,
            UserAttributes=attributes,
            TemporaryPassword="Temporary-1",
            MessageAction="SUPPRESS",
        )
        self.call("AdminSetUserPassword", **user, Password="Enduring-1", Permanent=True)
        for group in groups:
            self.call("CreateGroup", UserPoolId=pool_id, GroupName=group)
            self.call("AdminAddUserToGroup", **user, GroupName=group)
        return Pool(self, pool_id, client["UserPoolClient"]["ClientId"])


@dataclass(frozen=True)
class Pool:
    """A user pool."""

    cognito: Cognito
    id: str
    client_id: str

    @property
    def keys_uri(self) -> str:
        return f"{self.cognito.url}/{self.id}/.well-known/jwks.json"

    def sign_in(self) -> dict[str, str]:
        """AccessToken, IdToken and RefreshToken of the user."""
        return self.cognito.call(
            "InitiateAuth",
            AuthFlow="USER_PASSWORD_AUTH",
            ClientId=self.client_id,
            AuthParameters={"USERNAME": "ada@example.com", "PASSWORD": "Enduring-1"},
        )["AuthenticationResult"]


@contextmanager
def cognito_local() -> Iterator[Cognito]:
    """cognito-local: the issuer of its pools is its own address."""
    start = installed(PEERS / "cognito-local") / "node_modules/cognito-local/lib/bin/start.js"
    with held_port() as port, tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "PORT": str(port), "HOST": "127.0.0.1"}
        command = [str(NODE), "--no-deprecation", str(start)]
        with running(command, cwd=folder, env=environment):
            wait_for_port(port)
            yield Cognito(f"http://127.0.0.1:{port}")


@contextmanager
def moto() -> Iterator[Cognito]:
    """moto: its pools say that they are Amazon's own, and its keys are at its address."""
    program = str(_moto() / "bin" / "moto_server")
    with held_port() as port, running([program, "-H", "127.0.0.1", "-p", str(port)]):
        wait_for_port(port)
        yield Cognito(f"http://127.0.0.1:{port}")


def _moto() -> Path:
    """The virtual environment of moto, whose dependencies contradict Argus's; made at first use."""
    lock = Path(__file__).parents[2] / "requirements" / "moto.txt"
    folder = CACHE / f"moto-{lock.stat().st_size}-{sys.version_info[1]}"
    if folder.is_dir():
        return folder
    uv = Path(sys.executable).parent / "uv"
    CACHE.mkdir(exist_ok=True)
    # Made where it stays, since its scripts name their place; the mark says that it is whole.
    with tempfile.TemporaryDirectory(dir=CACHE) as scratch:
        made = Path(scratch) / "moto"
        subprocess.run(
            [uv, "venv", "-q", "--relocatable", "--python", sys.executable, made],
            check=True,
            timeout=60,
        )
        subprocess.run(
            [uv, "pip", "install", "-q", "--require-hashes", "-r", lock, "--python", made],
            check=True,
            timeout=110,
        )
        try:
            made.rename(folder)
        except OSError:
            if not folder.is_dir():  # another test process was quicker
                raise
    return folder


@contextmanager
def held_port() -> Iterator[int]:
    """A port that nobody gets who asks for any; a server that is told of it can listen there."""
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", 0))
        yield holder.getsockname()[1]


def wait_for_port(port: int) -> None:
    """Until somebody listens there."""
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        select.select([], [], [], 0.05)
    raise TimeoutError(f"nobody listens on {port}")


@contextmanager
def running(
    command: Sequence[str], *, cwd: str | None = None, env: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """The process, which is gone afterwards, or when this one dies."""
    process = subprocess.Popen(
        tied(command, on_parent_death=signal.SIGKILL),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=cwd,
        env=env,
    )
    assert process.stdout is not None
    try:
        yield process
    finally:
        stop(process, 5)
        process.stdout.close()


def first_line(process: subprocess.Popen[bytes]) -> str:
    """What it prints first."""
    assert process.stdout is not None
    ready, _, _ = select.select([process.stdout], [], [], START_TIMEOUT_S)
    line = process.stdout.readline().decode().strip() if ready else ""
    if not line:
        raise RuntimeError("the process did not start")
    return line
