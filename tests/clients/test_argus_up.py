"""The client on `argus up` as it is started, and when its server is killed."""

import os
import signal
from contextlib import suppress
from pathlib import Path

import httpx

from argus_client import ApiKey, ArgusClient, Settings, Unauthenticated, Unavailable, check
from support.processes import RunningPlatform, eventually, running


class Owner:
    """The person for whom `argus up` printed a password."""

    def __init__(self, platform: RunningPlatform) -> None:
        self.http = httpx.Client(base_url=platform.url, trust_env=False)
        signed_in = self.post("sign-in", email=platform.email, password=platform.password)
        self.token = signed_in["access_token"]
        self.http.headers["Authorization"] = f"Bearer {self.token}"

    def post(self, path: str, **body: object) -> dict[str, str]:
        answer = self.http.post(f"/api/v1/auth/{path}", json=body)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else {}


def is_known(argus: ArgusClient, key: str) -> bool:
    with suppress(Unavailable):
        return argus.verify(key).method == "api_key"
    return False


def is_signed_out(argus: ArgusClient, token: str) -> bool:
    try:
        argus.verify(token)
    except Unauthenticated:
        return True
    return False


def test_tokens_are_verified_while_the_server_lies_dead_and_it_is_found_again(
    tmp_path: Path,
) -> None:
    with running(tmp_path / "home") as platform:
        owner, second, third = (Owner(platform) for _ in range(3))
        made = owner.http.post(
            "/api/v1/api-keys", json={"name": "shop", "scopes": ["token:validate"]}
        )
        assert made.status_code == 201, made.text
        settings = Settings(url=platform.url, credentials=ApiKey(made.json()["secret"]))
        assert not [each for each in check(settings) if each.level == "error"]
        with ArgusClient(settings) as argus:
            assert argus.verify(owner.token).id == argus.verify(second.token).id
            second.post("sign-out")
            eventually(lambda: is_signed_out(argus, second.token))
            os.kill(platform.child("serve"), signal.SIGKILL)
            assert argus.verify(owner.token).kind == "user"  # seen before
            assert argus.verify(third.token).kind == "user"  # and not
            assert is_signed_out(argus, second.token)
            eventually(lambda: is_known(argus, made.json()["secret"]))
            third.post("sign-out")
            eventually(lambda: is_signed_out(argus, third.token))
        for person in (owner, second, third):
            person.http.close()
