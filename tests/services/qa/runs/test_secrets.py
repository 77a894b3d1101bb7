import orjson

from argus.services.qa.runs.schemas import StartRun
from argus.services.qa.runs.secrets import EXCLUDED, secrets_of, with_secrets


def test_what_is_stored_holds_no_secret_and_is_whole_again_with_them() -> None:
    wanted = StartRun.parse(
        {
            "app_url": "http://127.0.0.1:8000",
            "database": "postgresql://ada:database-secret@db/notes",
            "secrets": {"notes.key": "key-secret"},
            "roles": [{"name": "bob", "login": {"username": "b", "password": "bob-secret"}}],
        }
    )
    stored, sealed = wanted.model_dump(mode="json", exclude=EXCLUDED), secrets_of(wanted)
    assert sealed is not None
    assert "secret" not in str(stored)
    assert sealed.count(b"secret") == 3
    assert StartRun.parse(with_secrets(stored, orjson.loads(sealed))) == wanted
