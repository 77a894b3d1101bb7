"""Signing in by OpenLDAP."""

from collections.abc import Iterator

import httpx
import pytest

from support.auth import Auth, outcome
from support.federated import Start
from support.federated import start as start  # noqa: PLC0414 - a fixture
from support.platform import TestPlatform
from support.slapd import CAN_BE_HAD, Slapd, slapd

# Nothing but an operating system's packages has OpenLDAP: no wheel and no npm package does.
pytestmark = pytest.mark.skipif(not CAN_BE_HAD, reason="neither OpenLDAP nor apt-get is here")


@pytest.fixture(scope="module")
def directory() -> Iterator[Slapd]:
    with slapd() as running:
        yield running


async def sign_in(
    platform: TestPlatform, username: str, password: str, directory: str = "corp"
) -> httpx.Response:
    return await platform.client.post(
        "/api/v1/auth/sign-in/directory",
        json={"directory": directory, "username": username, "password": password},
    )


@pytest.mark.operation("sign_in_by_directory")
async def test_a_person_of_the_directory_signs_up_and_in(start: Start, directory: Slapd) -> None:
    platform = await start(providers={"corp": directory.settings})
    for _ in range(2):
        answer = await sign_in(platform, "ada", "ada's password")
        assert answer.status_code == 200, answer.text
    users = platform.query("select email, email_verified, name from identity.users")
    assert users == [{"email": "ada@example.com", "email_verified": True, "name": "Ada Lovelace"}]
    (linked,) = platform.query("select issuer, subject from auth.external_identity")
    assert linked["issuer"] == "ldap:corp"
    assert len(linked["subject"]) == 36
    session = platform.query("select distinct method, strength from auth.session")
    assert session == [{"method": "corp", "strength": ["pwd"]}]


async def test_it_does_not_matter_how_the_connection_is_secured(
    start: Start, directory: Slapd
) -> None:
    tls = directory.settings | {"url": f"ldaps://127.0.0.1:{directory.tls_port}"}
    clear = directory.settings | {"start_tls": False}
    platform = await start(providers={"tls": tls, "clear": clear})
    for name in ("tls", "clear"):
        assert (await sign_in(platform, "ada", "ada's password", name)).status_code == 200


async def test_wrong_unknown_ambiguous_empty_and_crafted_names_cannot_be_told_apart(
    start: Start, directory: Slapd
) -> None:
    platform = await start(providers={"corp": directory.settings})
    bodies: set[str] = set()
    for username, password in (
        ("ada", "wrong"),
        ("nobody", "ada's password"),
        ("twin", "same"),
        ("*", "ada's password"),
        ("ada)(uid=*", "ada's password"),
        ("a\\64a", "ada's password"),
        ("ada\x00", "ada's password"),
        ("ada", "\x00"),
    ):
        answer = await sign_in(platform, username, password)
        assert outcome(answer) == (401, "auth.credentials.invalid")
        bodies.add(answer.json()["detail"])
    assert len(bodies) == 1
    assert platform.query("select 1 from identity.users") == []


async def test_an_empty_password_is_no_bind(start: Start, directory: Slapd) -> None:
    platform = await start(providers={"corp": directory.settings})
    assert (await sign_in(platform, "ada", "")).status_code == 422


async def test_a_person_without_an_address_gets_no_account(start: Start, directory: Slapd) -> None:
    platform = await start(providers={"corp": directory.settings})
    answer = await sign_in(platform, "bob", "bob's password")
    assert outcome(answer) == (403, "auth.identity.link_needed")


async def test_guesses_are_throttled(start: Start, directory: Slapd) -> None:
    platform = await start(providers={"corp": directory.settings})
    for spelling in ("ada", "ADA", " ada", "ada ", "\uff41da"):  # one entry, as LDAP compares
        assert (await sign_in(platform, spelling, "wrong")).status_code == 401
    await sign_in(platform, "ada", "wrong")
    answer = await sign_in(platform, "ada", "ada's password")
    assert outcome(answer) == (429, "auth.sign_in.throttled")


async def test_a_directory_that_is_not_what_it_says_gets_no_password(
    start: Start, directory: Slapd
) -> None:
    wrong = {
        "other-name": {"url": f"ldaps://localhost:{directory.tls_port}"},
        "start-tls": {"url": f"ldap://localhost:{directory.port}"},
        "other-authority": {"ca_file": None},
        "nobody": {"url": "ldap://127.0.0.1:1"},
        "own-password": {"bind_password": "wrong"},
        "no-id": {"id_attribute": "employeeNumber"},
    }
    platform = await start(
        providers={name: directory.settings | changes for name, changes in wrong.items()}
    )
    for name in wrong:
        answer = await sign_in(platform, "ada", "ada's password", name)
        assert outcome(answer) == (503, "auth.provider.failed")


@pytest.mark.operation("link_directory_identity")
async def test_a_signed_in_person_links_the_directory_and_unlinking_ends_what_began_with_it(
    start: Start, directory: Slapd
) -> None:
    platform = await start(providers={"corp": directory.settings})
    auth, bob = Auth(platform), await platform.owner("bob@example.com")
    body = {"directory": "corp", "username": "bob"}
    path, post = "/api/v1/auth/identities/directory", platform.client.post
    wrong = await post(path, json=body | {"password": "wrong"}, headers=bob.headers)
    assert outcome(wrong) == (401, "auth.credentials.invalid")
    right = body | {"password": "bob's password"}
    answer = await post(path, json=right, headers=bob.headers)
    assert answer.status_code == 201, answer.text
    eve = await platform.owner("eve@example.com")
    taken = await post(path, json=right, headers=eve.headers)
    assert outcome(taken) == (409, "auth.identity.taken")

    begun = (await sign_in(platform, "bob", "bob's password")).json()
    assert begun["user_id"] == bob.user_id
    unlinked = await platform.client.delete(
        f"/api/v1/auth/identities/{answer.json()['id']}", headers=bob.headers
    )
    assert unlinked.status_code == 204
    assert not await auth.is_live(begun["access_token"])
    assert (await auth.refresh(begun["refresh_token"])).status_code == 401
    assert await auth.is_live(bob.token), "a session that began by password"
    again = await sign_in(platform, "bob", "bob's password")
    assert outcome(again) == (403, "auth.identity.link_needed")


async def test_only_directories_take_passwords(start: Start, directory: Slapd) -> None:
    platform = await start(providers={"corp": directory.settings})
    answer = await sign_in(platform, "ada", "ada's password", "github")
    assert outcome(answer) == (404, "auth.provider.not_found")
    visit = await platform.client.get("/api/v1/oauth/corp/authorize")
    assert visit.status_code == 404
