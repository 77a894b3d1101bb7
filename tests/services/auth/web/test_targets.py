import pytest

from argus.services.auth.web.targets import HOME, local_target


@pytest.mark.parametrize("path", ["/device?user_code=A-B", "/oauth/authorize?a=b&c=%2F%2Fd", "/"])
def test_a_path_of_the_platform_is_gone_to(path: str) -> None:
    assert local_target(path) == path


@pytest.mark.parametrize(
    "elsewhere",
    [
        None,
        "",
        "device",
        "https://evil.example/",
        "//evil.example/",
        "///evil.example/",
        "/\\evil.example/",
        "\\\\evil.example",
        "/\t/evil.example/",
        "/\n/evil.example/",
        " //evil.example",
        "/ /evil.example",
        "javascript:alert(1)",
        "/\u2215evil.example",
        "/\x00",
        "/a\r\nSet-Cookie: a=b",
    ],
)
@pytest.mark.requirement("attacks:redirects:open-redirector")
def test_nothing_leads_elsewhere(elsewhere: str | None) -> None:
    assert local_target(elsewhere) == HOME
