"""The installation that a command works on: its settings and its database."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from pydantic import SecretStr, ValidationError

from argus.kernel.errors import ArgusError
from argus.kernel.postgres import EmbeddedPostgres, server_version
from argus.kernel.settings import KernelSettings


class SettingsInvalid(ArgusError):
    """An `ARGUS_…` variable has a value that cannot be used; the message names it.

    Correct or unset the variable.
    """

    code, status, title = "kernel.settings.invalid", 422, "Settings invalid"


def load_settings(**overrides: Path | str | int | None) -> KernelSettings:
    """The settings from the environment; an override that is None changes nothing.

    Raises:
        SettingsInvalid: naming every variable that has no usable value.
    """
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        settings = KernelSettings.model_validate(given)
    except ValidationError as invalid:
        raise SettingsInvalid(
            "; ".join(
                f"ARGUS_{'_'.join(map(str, problem['loc'])).upper()}: {problem['msg']}"
                for problem in invalid.errors(include_input=False, include_url=False)
            )
        ) from None
    return settings.model_copy(update={"home": settings.home.absolute()})


@contextmanager
def with_database(settings: KernelSettings) -> Generator[KernelSettings]:
    """The settings with the address of a database that runs during the block.

    That is `ARGUS_DATABASE_URL`, else the embedded PostgreSQL: the one of a running platform, or
    one started for the block.

    Raises:
        PostgresUnreachable: nothing answers at `ARGUS_DATABASE_URL`.
        PostgresCannotStart, PostgresVersionMismatch: the embedded one does not start.
    """
    if settings.database_url is not None:
        server_version(settings.database_url.get_secret_value())
        yield settings
        return
    with EmbeddedPostgres(settings.home) as postgres:
        yield settings.model_copy(update={"database_url": SecretStr(postgres.dsn)})
