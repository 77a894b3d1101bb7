"""What an installation may set."""

from typing import Any

import pytest
from pydantic import ValidationError

from argus.kernel.settings import KernelSettings


@pytest.mark.requirement("rfc6749:3.1:tls", "rfc8414:2:https")
@pytest.mark.parametrize(
    "settings",
    [
        {"public_url": "http://argus.example"},
        {"public_url": "http://192.0.2.1:8700"},
        {"public_url": "http://localhost.example"},
        {"http_host": "0.0.0.0"},
        {"http_host": "192.0.2.1"},
        {"http_host": "::"},
    ],
)
def test_other_machines_reach_the_platform_by_https_only(settings: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="https only"):
        KernelSettings(**settings)
    assert KernelSettings(environment="development", **settings).base_url.startswith("http://")
    if "http_host" in settings:
        behind_a_proxy = KernelSettings(public_url="https://argus.example", **settings)
        assert behind_a_proxy.base_url == "https://argus.example"


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"public_url": "https://argus.example/t1/"},
        {"public_url": "http://127.0.0.1:8700"},
        {"public_url": "http://localhost:8700"},
        {"public_url": "http://[::1]:8700"},
        {"http_host": "localhost"},
    ],
)
def test_a_machine_reaches_itself_without(settings: dict[str, Any]) -> None:
    assert KernelSettings(**settings).base_url


@pytest.mark.requirement("rfc8414:2:issuer-form")
@pytest.mark.parametrize(
    "url", ["argus.example", "https://", "https://a?b", "https://a#b", "https://me@a", "/path"]
)
def test_what_is_no_plain_address_is_not_the_platforms(url: str) -> None:
    with pytest.raises(ValidationError, match="a path at most"):
        KernelSettings(public_url=url)
