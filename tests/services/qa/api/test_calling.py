import subprocess
import time

import pytest

from argus.services.qa.api.calling import (
    Call,
    Caller,
    NoAnswer,
    ReadOnly,
    TimeSpent,
    basic,
    bearer,
)
from support.notes_api import ADA, NotesApi
from support.website import WebSite, redirect, serve


def caller(app_url: str, *, read_only: bool = False, left_s: float = 60) -> Caller:
    ada = bearer("ada", ADA, "TOKEN")
    return Caller(app_url, ada, time.monotonic() + left_s, read_only=read_only)


def test_the_command_holds_the_call_byte_for_byte_and_the_secret_as_a_variable() -> None:
    ada = caller("http://127.0.0.1:8000")
    body = b'{"title": "it\'s \xe2\x98\x83 \\ \x07"}'
    command = ada.curl(Call("PUT", "/notes/1?a=b&c=$d", {"X-Kind": "a\tb"}, body))
    assert ADA not in command
    shell = f'curl() {{ printf "%s\\0" "$@"; }}; {command}'
    run = subprocess.run(["bash", "-c", shell], env={"TOKEN": ADA}, check=True, capture_output=True)
    assert run.stdout.split(b"\0")[:-1] == [
        b"-i",
        *(b"-X", b"PUT"),
        *(b"-H", f"Authorization: Bearer {ADA}".encode()),
        *(b"-H", b"X-Kind: a\tb"),
        *(b"--data-binary", body),
        b"http://127.0.0.1:8000/notes/1?a=b&c=$d",
    ]
    ada.close()


def test_a_run_that_may_only_read_sends_nothing_else(api: NotesApi) -> None:
    ada = caller(api.url, read_only=True)
    with pytest.raises(ReadOnly):
        ada.send(Call("DELETE", "/api/notes/1"))
    assert api.asked == []
    ada.close()


def test_no_host_but_the_applications_is_asked_whatever_it_says() -> None:
    with serve(WebSite()) as elsewhere, serve(WebSite()) as site:
        site.pages["/moved"] = redirect(f"{elsewhere.url}/secret")
        ada = caller(site.url)
        assert ada.send(Call("GET", "/moved")).status == 302
        host = elsewhere.url.removeprefix("http:")
        for path in (elsewhere.url, host, f"//{host}/a", f"//a.example{host}", f"{site.url}{host}"):
            call = Call("GET", path)
            ada.send(call)
            assert f" {site.url}/" in ada.curl(call)
        assert elsewhere.asked == []
        ada.close()


def test_who_hangs_up_gives_no_answer_and_after_the_time_nothing_is_sent(api: NotesApi) -> None:
    ada = caller(api.url)
    api.down = True
    with pytest.raises(NoAnswer, match="GET /api/notes is not answered"):
        ada.send(Call("GET", "/api/notes"))
    ada.stop()
    with pytest.raises(TimeSpent):
        ada.send(Call("GET", "/api/notes"))
    ada.close()


def test_a_repeated_secret_is_masked_in_either_form() -> None:
    ada = Caller("http://127.0.0.1", basic("ada", "ada", "s3cret", "PASSWORD"), 0, read_only=True)
    assert ada.told("s3cret YWRhOnMzY3JldA==") == "[masked] [masked]"
    assert ada.curl(Call("GET", "/")) == 'curl -i -u ada":$PASSWORD" http://127.0.0.1/'
    ada.close()


def test_whoever_calls_the_secrets_of_all_are_masked_also_as_json_has_them() -> None:
    bob = bearer("bob", 'b"b', "BOB")
    caller = Caller("http://127.0.0.1", bob, 0, read_only=True, secrets=["ada", "ada-and-more"])
    assert caller.told(r'b"b b\"b ada-and-more') == "[masked] [masked] [masked]"
    caller.close()


def test_json_that_is_nested_to_death_is_none() -> None:
    for body in (b"[" * 400_000, b'{"a":' * 99_000, b"[" * 101 + b"]" * 101, b"{", b"\xff"):
        assert Call("POST", "/", body=body).json is ...
    assert Call("POST", "/", body=b'{"a": [1, "]"]}').json == {"a": [1, "]"]}
