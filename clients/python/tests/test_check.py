"""A service that is set up wrong is told what to do."""

from dataclasses import replace

import pytest

from argus_client import ApiKey, Finding, Settings, check
from argus_client.fake_argus import FakeArgus
from client_support import run

ME = "GET /api/v1/auth/me"
METADATA = "GET /.well-known/oauth-authorization-server"


def wrong(settings: Settings | None = None) -> list[Finding]:
    return [finding for finding in check(settings) if finding.level != "ok"]


def test_a_service_that_is_set_up_right_is_told_so(argus_issuer: FakeArgus) -> None:
    found = check()
    assert {finding.level for finding in found} == {"ok"}
    assert [finding.subject for finding in found] == ["address", "keys", "credentials", "feed"]


def test_nothing_in_the_environment_names_all_that_belongs_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("ARGUS_URL", "ARGUS_CLIENT_ID", "ARGUS_CLIENT_SECRET", "ARGUS_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    [finding] = wrong()
    assert "ARGUS_URL" in finding.message
    assert "ARGUS_CLIENT_SECRET" in finding.message


def test_an_argus_that_does_not_answer() -> None:
    [finding] = wrong(Settings(url="http://127.0.0.1:9", credentials=ApiKey("k")))
    assert (finding.level, finding.subject) == ("error", "address")


def test_something_else_than_argus(argus_issuer: FakeArgus) -> None:
    argus_issuer.instead[METADATA] = [(200, {})]
    [finding] = wrong()
    assert "not Argus" in finding.message


def test_another_issuer_than_expected(argus_issuer: FakeArgus) -> None:
    [finding] = wrong(replace(argus_issuer.settings, issuer="https://argus.example"))
    assert f"ARGUS_ISSUER={argus_issuer.url}" in finding.message


def test_no_key_that_could_be_used(argus_issuer: FakeArgus) -> None:
    argus_issuer.instead["GET /.well-known/jwks.json"] = [(200, {"keys": []})]
    assert [finding.subject for finding in wrong()] == ["keys"]


def test_wrong_credentials(argus_issuer: FakeArgus) -> None:
    argus_issuer.instead["POST /oauth/token"] = [(401, {"error": "invalid_client"})]
    [finding] = wrong()
    assert finding.subject == "credentials"
    assert "client id and secret" in finding.message


def test_permissions_that_are_missing(argus_issuer: FakeArgus) -> None:
    me = {"id": "sa_1", "organization_id": "org_1", "permissions": ["token:validate"]}
    argus_issuer.instead[ME] = [(200, me), (200, me | {"permissions": []})]
    may_validate = wrong()
    assert [finding.level for finding in may_validate] == ["warning", "warning"]
    assert "usage:record" in may_validate[0].message
    assert "token:validate" in next(f for f in wrong() if f.level == "error").message


def test_a_feed_that_cannot_be_followed(argus_issuer: FakeArgus) -> None:
    argus_issuer.cut_feed()
    assert [finding.subject for finding in wrong()] == ["feed"]


def test_the_command_prints_it_and_fails(argus_issuer: FakeArgus) -> None:
    good = run("-m", "argus_client", "check")
    assert (good.returncode, good.stderr) == (0, "")
    assert "revocations are told" in good.stdout
    argus_issuer.instead[ME] = [(403, {"code": "x", "detail": "no"})]
    bad = run("-m", "argus_client", "check")
    assert bad.returncode == 1
    assert bad.stdout.splitlines()[-1].startswith("error")
    assert run("-m", "argus_client").returncode == 2
