"""Where the organization's applications run, and what their tests need there."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from argus.contracts.qa.events import EnvironmentChanged, EnvironmentCreated, EnvironmentDeleted
from argus.kernel.clock import Clock
from argus.kernel.crypto import Keyring
from argus.kernel.db.unit_of_work import UnitOfWork
from argus.kernel.ids import MalformedId, format_id, new_id, parse_id
from argus.services.qa.addresses import target_url
from argus.services.qa.database.dsn import checked_dsn
from argus.services.qa.environments.errors import EnvironmentNameTaken, EnvironmentNotFound
from argus.services.qa.environments.models import EnvironmentRow
from argus.services.qa.environments.repository import EnvironmentRepository
from argus.services.qa.environments.schemas import ChangeEnvironment, NewEnvironment
from argus.services.qa.ir import LOGIN_PASSWORD
from argus.services.qa.target_secrets import (
    EXCLUDED,
    open_secrets,
    seal_secrets,
    secrets_of,
    with_secrets,
)
from argus.services.qa.urls import same_application


class EnvironmentService:
    """Environments of the caller's organization. Never commits: the unit of work does."""

    def __init__(self, uow: UnitOfWork, clock: Clock, keyring: Keyring) -> None:
        self._uow, self._clock, self._keyring = uow, clock, keyring
        self._environments = EnvironmentRepository(uow)

    async def create(self, wanted: NewEnvironment) -> EnvironmentRow:
        """A new environment, with what is secret sealed.

        Raises:
            EnvironmentNameTaken
            TargetRefused: not an address that is tested.
            DatabaseRefused: not a database that is asked.
        """
        environment_id, now = new_id(), self._clock.now()
        environment = await self._environments.add_new(
            {
                "id": environment_id,
                "name": wanted.name,
                "created_by": self._uow.principal.id,
                "created_at": now,
                "changed_at": now,
                **self._stored(environment_id, wanted),
            }
        )
        if environment is None:
            raise EnvironmentNameTaken(f"there is an environment {wanted.name}")
        await self._uow.emit(
            EnvironmentCreated(
                environment_id=format_id("env", environment_id),
                name=wanted.name,
                base_url=environment.base_url,
                read_only=environment.read_only,
            )
        )
        return environment

    async def get(self, environment_id: UUID) -> EnvironmentRow:
        """Raises EnvironmentNotFound."""
        environment = await self._environments.get(environment_id)
        if environment is None:
            raise EnvironmentNotFound
        return environment

    async def list_newest(
        self, before: UUID | None, limit: int, name: str | None
    ) -> Sequence[EnvironmentRow]:
        """Of this name, where it is given."""
        return await self._environments.list_newest(before, limit, name)

    async def change(self, environment_id: UUID, wanted: ChangeEnvironment) -> EnvironmentRow:
        """The environment as it is from now on; runs that have been started keep what they have.

        What is sealed stays with its address: where that becomes another application's, or is not
        encrypted any more, only what is given with the change is kept.

        Raises:
            EnvironmentNotFound, TargetRefused, DatabaseRefused
            InvalidRequest: there would be too many values.
        """
        environment = await self._environments.get_for_update(environment_id)
        if environment is None:
            raise EnvironmentNotFound
        known = self._opened(environment)
        given = {name: getattr(wanted, name) for name in wanted.model_fields_set}
        if not given:
            return environment
        if not _same_place(given.get("base_url", known.base_url), known.base_url):
            known = NewEnvironment(
                name=known.name,
                base_url=known.base_url,
                read_only=known.read_only,
                variables=known.variables,
            )
        for name in given.keys() & {"secrets", "variables"}:
            values = {**getattr(known, name), **given[name]}
            given[name] = {key: value for key, value in values.items() if value is not None}
        changed = NewEnvironment.parse({**dict(known), **given})
        for column, value in self._stored(environment_id, changed).items():
            setattr(environment, column, value)
        environment.changed_at = self._clock.now()
        await self._uow.emit(
            EnvironmentChanged(
                environment_id=format_id("env", environment_id),
                name=environment.name,
                base_url=environment.base_url,
                read_only=environment.read_only,
                changed=sorted(given),
                secrets=sorted(wanted.secrets),
                variables=sorted(wanted.variables),
            )
        )
        return environment

    async def delete(self, environment_id: UUID) -> None:
        """For good; runs that have been started go on. Raises EnvironmentNotFound."""
        name = await self._environments.delete(environment_id)
        if name is None:
            raise EnvironmentNotFound
        await self._tell_deleted(environment_id, name)

    async def delete_all(self) -> None:
        """Delete all environments of the organization."""
        for environment_id, name in await self._environments.delete_all():
            await self._tell_deleted(environment_id, name)

    async def opened(self, reference: str) -> NewEnvironment:
        """The environment of that name or identifier with its secrets, for a run.

        Raises:
            EnvironmentNotFound
        """
        try:
            environment = await self._environments.get(parse_id("env", reference))
        except MalformedId:
            environment = await self._environments.named(reference)
        if environment is None:
            raise EnvironmentNotFound(f"there is no environment {reference}")
        return self._opened(environment)

    async def _tell_deleted(self, environment_id: UUID, name: str) -> None:
        await self._uow.emit(
            EnvironmentDeleted(environment_id=format_id("env", environment_id), name=name)
        )

    def _stored(self, environment_id: UUID, wanted: NewEnvironment) -> dict[str, Any]:
        """The columns that hold what is wanted."""
        if wanted.database is not None:
            checked_dsn(wanted.database.get_secret_value())
        secrets = secrets_of(wanted)
        if wanted.login is not None:
            secrets[LOGIN_PASSWORD] = wanted.login.password.get_secret_value()
        return {
            **wanted.model_dump(
                mode="json", include={"read_only", "login", "roles", "variables"}, exclude=EXCLUDED
            ),
            "base_url": target_url(wanted.base_url),
            "has_database": wanted.database is not None,
            "secret_names": sorted(wanted.secrets),
            "sealed_secrets": seal_secrets(secrets, self._keyring, _context(environment_id)),
        }

    def _opened(self, environment: EnvironmentRow) -> NewEnvironment:
        secrets = open_secrets(environment.sealed_secrets, self._keyring, _context(environment.id))
        login = environment.login and {**environment.login, "password": secrets.pop(LOGIN_PASSWORD)}
        access = with_secrets({"login": login, "roles": environment.roles}, secrets)
        return NewEnvironment(
            name=environment.name,
            base_url=environment.base_url,
            read_only=environment.read_only,
            variables=environment.variables,
            **{name: access[name] for name in ("login", "roles", "database", "secrets")},
        )


def _same_place(url: str, known: str) -> bool:
    """Whether what was given for `known` may be sent to `url`."""
    downgraded = urlsplit(known).scheme == "https" and urlsplit(url).scheme != "https"
    return same_application(url, known) and not downgraded


def _context(environment_id: UUID) -> str:
    """What the sealed secrets are bound to."""
    return f"qa.environment.sealed_secrets:{environment_id}"
