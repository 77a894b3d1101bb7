"""Redirect URIs match exactly, but for the port on loopback."""

import pytest

from argus.services.auth.oauth.redirect_uris import is_loopback, is_registered, with_parameters

WEB = "https://app.example.com/callback?tenant=1"


@pytest.mark.requirement("rfc6749:3.1.2.3:compared")
def test_a_registered_uri_is_accepted_as_it_is() -> None:
    assert is_registered(WEB, ["https://other.example.com/", WEB])


@pytest.mark.parametrize(
    "presented",
    [
        "",
        "https://app.example.com/callback",
        "https://app.example.com/callback?tenant=2",
        "https://app.example.com/callback?tenant=1&",
        "https://app.example.com/callback/?tenant=1",
        "https://app.example.com/callback?tenant=1#",
        "https://app.example.com/callback?tenant=1#fragment",
        "https://app.example.com:443/callback?tenant=1",
        "https://app.example.com:8443/callback?tenant=1",
        "https://app.example.com./callback?tenant=1",
        "https://APP.example.com/callback?tenant=1",
        "HTTPS://app.example.com/callback?tenant=1",
        "http://app.example.com/callback?tenant=1",
        "https://app.example.com/Callback?tenant=1",
        "https://app.example.com/x/../callback?tenant=1",
        "https://app.example.com/%63allback?tenant=1",
        "https://app.example.com//callback?tenant=1",
        r"https://app.example.com\callback?tenant=1",
        r"https://evil.example\@app.example.com/callback?tenant=1",
        "https://app.example.com@evil.example/callback?tenant=1",
        "https://user@app.example.com/callback?tenant=1",
        "https://app.example.com.evil.example/callback?tenant=1",
        "https://аpp.example.com/callback?tenant=1",  # noqa: RUF001 - a Cyrillic letter, on purpose
        "https://app。example.com/callback?tenant=1",
        "https://app.example.com/callback?tenant=1 ",
        " https://app.example.com/callback?tenant=1",
        "https://app.example.com/callback?tenant=1\n",
        "https://app.example.com/call\tback?tenant=1",
        "//app.example.com/callback?tenant=1",
        "/callback?tenant=1",
        "javascript:alert(1)",
    ],
)
@pytest.mark.requirement("rfc9700:2.1:exact-redirect", "rfc6749:3.1.2.3:compared")
@pytest.mark.requirement("attacks:redirects:port-slash-userinfo-unicode-fragment")
def test_nothing_like_it_is_accepted(presented: str) -> None:
    assert not is_registered(presented, [WEB])


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "localhost"])
@pytest.mark.requirement("rfc9700:2.1:loopback-port")
@pytest.mark.requirement("attacks:redirects:port-slash-userinfo-unicode-fragment")
def test_on_loopback_only_the_port_may_differ(host: str) -> None:
    registered = [f"http://{host}/callback?a=1"]
    for port in ("", ":0", ":8080", ":65535"):
        assert is_registered(f"http://{host}{port}/callback?a=1", registered)
        assert is_registered(f"http://{host}/callback?a=1", [f"http://{host}{port}/callback?a=1"])
    for other in (
        f"https://{host}:8080/callback?a=1",
        f"http://{host}:8080/callback",
        f"http://{host}:8080/callback?a=1&b",
        f"http://{host}:8080/callback/?a=1",
        f"http://{host}:8080/callback?a=1#x",
        f"http://{host}:/callback?a=1",
        f"http://{host}:+80/callback?a=1",
        f"http://{host}:٨٠/callback?a=1",
        f"http://{host}:8080@evil.example/callback?a=1",
        f"http://user@{host}:8080/callback?a=1",
        f"http://{host}.evil.example/callback?a=1",
        f"http://{host}:8080.evil.example/callback?a=1",
        f"http://{host}:8080\\callback?a=1",
        f"http://{host}:8080/callback?a=1\n",
        "http://127.0.0.2/callback?a=1",
        "http://0.0.0.0/callback?a=1",
        "http://2130706433/callback?a=1",
        "http://[0:0:0:0:0:0:0:1]/callback?a=1",
        "http://LOCALHOST/callback?a=1",
    ):
        assert not is_registered(other, registered), other


def test_loopback_hosts_are_not_each_other() -> None:
    assert not is_registered("http://127.0.0.1/callback", ["http://localhost/callback"])


def test_the_port_of_another_host_is_not_ignored() -> None:
    assert not is_loopback("http://10.0.0.1/callback")
    assert not is_registered("http://10.0.0.1:81/callback", ["http://10.0.0.1:80/callback"])


def test_a_private_scheme_matches_exactly() -> None:
    registered = ["com.example.app:/callback"]
    assert is_registered("com.example.app:/callback", registered)
    assert not is_registered("com.example.app://callback", registered)
    assert not is_registered("com.example.app:/callback/", registered)


@pytest.mark.requirement("rfc6749:3.1.2:query-kept")
def test_the_answers_parameters_go_after_the_uris_own_query() -> None:
    answer = [("code", "a b&c"), ("iss", "https://argus.test")]
    assert (
        with_parameters("https://app.example/cb", answer)
        == "https://app.example/cb?code=a+b%26c&iss=https%3A%2F%2Fargus.test"
    )
    assert with_parameters(WEB, [("code", "x")]) == f"{WEB}&code=x"
