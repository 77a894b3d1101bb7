"""The secrets of what was asked for, apart from the rest: by name, sealed as one text.

The password of the user has a place of its own (`sealed_password`); here are those of the other
roles, tokens, the database's address, and what steps name.
"""

from collections.abc import Mapping
from typing import Any

import orjson
from pydantic import SecretStr

from argus.kernel.crypto import Keyring
from argus.services.qa.target_access import RESERVED_SECRETS, TargetAccess

EXCLUDED = {
    "login": {"password"},
    "token": True,
    "database": True,
    "secrets": True,
    "roles": {"__all__": {"login": {"password"}, "token": True}},
}
"""What a dump of a `TargetAccess` leaves out where it is stored."""


def secrets_of(given: TargetAccess, token: SecretStr | None = None) -> dict[str, str]:
    """The secrets by name; `token` is the user's."""
    found = {name: secret.get_secret_value() for name, secret in given.secrets.items()}
    if token is not None:
        found["token"] = token.get_secret_value()
    if given.database is not None:
        found["database"] = given.database.get_secret_value()
    for role in given.roles:
        if role.token is not None:
            found[f"{role.name}.token"] = role.token.get_secret_value()
        if role.login is not None:
            found[f"{role.name}.password"] = role.login.password.get_secret_value()
    return found


def seal_secrets(secrets: Mapping[str, str], keyring: Keyring, context: str) -> bytes | None:
    """All of them as one sealed text; None if there are none."""
    return keyring.seal(orjson.dumps(secrets), context) if secrets else None


def open_secrets(sealed: bytes | None, keyring: Keyring, context: str) -> dict[str, str]:
    """What was sealed, by name."""
    return orjson.loads(keyring.open(sealed, context)) if sealed is not None else {}


def with_secrets(options: Mapping[str, Any], secrets: Mapping[str, str]) -> dict[str, Any]:
    """What was stored of a `TargetAccess`, with its secrets in their places again.

    What was stored before there were roles has none.
    """
    roles = [
        {
            "name": role["name"],
            "token": secrets.get(f"{role['name']}.token"),
            "login": role["login"] and {**role["login"], "password": _password(role, secrets)},
        }
        for role in options.get("roles", ())
    ]
    own = {name: secrets.get(name) for name in ("token", "database")}
    named = {name: secrets[name] for name in secrets if not RESERVED_SECRETS.fullmatch(name)}
    return {**options, **own, "secrets": named, "roles": roles}


def _password(role: Mapping[str, Any], secrets: Mapping[str, str]) -> str:
    return secrets[f"{role['name']}.password"]
