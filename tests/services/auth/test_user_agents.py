import pytest

from argus.services.auth.user_agents import device_of

ENGINE = "AppleWebKit/537.36 (KHTML, like Gecko)"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
EDGE = f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {ENGINE} Chrome/140.0 Safari/537.36 Edg/140.0"
CHROME = f"Mozilla/5.0 (Linux; Android 10; K) {ENGINE} Chrome/140.0 Mobile Safari/537.36"
SAFARI = f"Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) {ENGINE} Version/18.5 Safari/604"


@pytest.mark.parametrize(
    ("user_agent", "device"),
    [
        (FIREFOX, "Firefox on Linux"),
        (EDGE, "Edge on Windows"),
        (CHROME, "Chrome on Android"),
        (SAFARI, "Safari on iPhone"),
        ("argus-cli/1.0", "argus-cli"),
        ("", "Unknown program"),
    ],
)
def test_a_device_is_named_as_its_owner_would(user_agent: str, device: str) -> None:
    assert device_of(user_agent) == device
