import pytest

from argus.kernel.crypto import Keyring, UnsealFailed
from argus.services.qa.runs.schemas import StartRun
from argus.services.qa.target_secrets import (
    EXCLUDED,
    open_secrets,
    seal_secrets,
    secrets_of,
    with_secrets,
)


def test_what_is_stored_holds_no_secret_and_is_whole_again_with_them() -> None:
    wanted = StartRun.parse(
        {
            "app_url": "http://127.0.0.1:8000",
            "database": "postgresql://ada:database-secret@db/notes",
            "secrets": {"notes.key": "key-secret"},
            "roles": [{"name": "bob", "login": {"username": "b", "password": "bob-secret"}}],
        }
    )
    stored, secrets = wanted.model_dump(mode="json", exclude=EXCLUDED), secrets_of(wanted)
    assert "secret" not in str(stored)
    assert len(secrets) == 3
    assert StartRun.parse(with_secrets(stored, secrets)) == wanted


def test_secrets_are_opened_only_where_they_were_sealed() -> None:
    keyring = Keyring([b"k" * 32])
    sealed = seal_secrets({"notes.key": "key-secret"}, keyring, "here")
    assert sealed is not None
    assert b"secret" not in sealed
    assert open_secrets(sealed, keyring, "here") == {"notes.key": "key-secret"}
    with pytest.raises(UnsealFailed):
        open_secrets(sealed, keyring, "elsewhere")
    assert seal_secrets({}, keyring, "here") is None
