"""What this machine needs to run Argus, checked one by one; changes nothing."""

import os
import shutil
import socket
import sys
import tempfile
from collections.abc import Callable
from typing import Literal

from pydantic import SecretStr

from argus.apps.migrate import pending
from argus.apps.up import running_platform
from argus.kernel.db.migrate import MINIMUM_POSTGRESQL
from argus.kernel.errors import ArgusError
from argus.kernel.postgres import EmbeddedPostgres, server_version
from argus.kernel.postgres_installation import find_installation
from argus.kernel.schema import Value
from argus.kernel.settings import KernelSettings
from argus.services.qa.browser.errors import BrowserNotFound
from argus.services.qa.browser.launch import find_browser

_ENOUGH_DISK_BYTES, _LITTLE_DISK_BYTES = 2 * 2**30, 500 * 2**20


class Check(Value):
    """The result of one check."""

    name: str
    status: Literal["ok", "warn", "fail"]
    """`warn`: Argus runs, without something. `fail`: it does not run."""
    detail: str
    remedy: str = ""
    """The command that mends it, or what to do."""


def examine(settings: KernelSettings) -> list[Check]:
    """Every check, in the order in which a start would need it."""
    return [check(settings) for check in _CHECKS]


def _python(_: KernelSettings) -> Check:
    # An older one cannot even be installed on (requires-python).
    version = ".".join(map(str, sys.version_info[:3]))
    return Check(name="Python", status="ok", detail=version)


def _home(settings: KernelSettings) -> Check:
    home = settings.home.absolute()
    existing = next(folder for folder in (home, *home.parents) if folder.exists())
    try:
        with tempfile.TemporaryFile(dir=existing):
            pass
    except OSError as error:
        return Check(
            name="Home",
            status="fail",
            detail=f"{existing} is not writable: {error.strerror}",
            remedy="set ARGUS_HOME to a folder of yours",
        )
    return Check(name="Home", status="ok", detail=f"{home} is writable")


def _disk(settings: KernelSettings) -> Check:
    home = settings.home.absolute()
    existing = next(folder for folder in (home, *home.parents) if folder.exists())
    free = shutil.disk_usage(existing).free
    detail = f"{free / 2**30:.1f} GiB free"
    if free >= _ENOUGH_DISK_BYTES:
        return Check(name="Disk", status="ok", detail=detail)
    return Check(
        name="Disk",
        status="warn" if free >= _LITTLE_DISK_BYTES else "fail",
        detail=detail,
        remedy="free 2 GiB, or set ARGUS_HOME to a folder on another disk",
    )


def _key_file(settings: KernelSettings) -> Check:
    if settings.master_key is not None:
        return Check(name="Master key", status="ok", detail="from ARGUS_MASTER_KEY")
    file = settings.home.absolute() / "master.key"
    if not file.exists():
        return Check(name="Master key", status="ok", detail="is made at the first start")
    mode = file.stat().st_mode & 0o777
    if mode & 0o077:
        return Check(
            name="Master key",
            status="fail",
            detail=f"{file} is open to others (mode {mode:o})",
            remedy=f"chmod 600 {file}",
        )
    if not os.access(file, os.R_OK):
        return Check(
            name="Master key",
            status="fail",
            detail=f"{file} cannot be read",
            remedy=f"chown {os.geteuid()} {file}",
        )
    return Check(name="Master key", status="ok", detail=f"{file}, readable for its owner only")


def _database(settings: KernelSettings) -> Check:
    try:
        address = _address(settings)
        if address is not None:
            return _check_version(server_version(address))
        installation = find_installation(EmbeddedPostgres(settings.home).status().data)
    except ArgusError as error:
        return Check(
            name="PostgreSQL",
            status="fail",
            detail=error.detail,
            remedy=str(error.extensions.get("remedy", "start it, or correct ARGUS_DATABASE_URL")),
        )
    runs_as = f" as user {installation.account.pw_name}" if installation.account else ""
    return Check(
        name="PostgreSQL",
        status="ok",
        detail=f"embedded {installation.version}, started by argus up{runs_as}",
    )


def _check_version(version: int) -> Check:
    if version < MINIMUM_POSTGRESQL // 10000:
        return Check(
            name="PostgreSQL",
            status="fail",
            detail=f"version {version} is too old",
            remedy="upgrade it to 15 or newer, or unset ARGUS_DATABASE_URL",
        )
    return Check(name="PostgreSQL", status="ok", detail=f"version {version} answers")


def _migrations(settings: KernelSettings) -> Check:
    try:
        address = _address(settings)
        if address is None:
            return Check(name="Migrations", status="ok", detail="made by argus up")
        server_version(address)
    except ArgusError:
        return Check(
            name="Migrations",
            status="warn",
            detail="unknown, because PostgreSQL does not answer",
            remedy="argus doctor, once it does",
        )
    update = {"database_url": SecretStr(address)}
    behind = [revision.service for revision in pending(settings.model_copy(update=update))]
    if behind:
        return Check(
            name="Migrations",
            status="warn",
            detail=f"not made yet: {', '.join(behind)}",
            remedy="argus migrate",
        )
    return Check(name="Migrations", status="ok", detail="the database is up to date")


def _address(settings: KernelSettings) -> str | None:
    """Of the database, if there should be one now: the embedded one may not run yet."""
    if settings.database_url is not None:
        return settings.database_url.get_secret_value()
    postgres = EmbeddedPostgres(settings.home)
    return postgres.dsn if postgres.status().pid is not None else None


def _ports(settings: KernelSettings) -> Check:
    if platform := running_platform(settings.home.absolute()):
        return Check(name="Ports", status="ok", detail=f"the platform runs at {platform.url}")
    taken: list[str] = []
    for port in (settings.http_port, settings.grpc_port):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((settings.http_host, port))
            except OSError as error:
                taken.append(f"{port} ({error.strerror})")
    if taken:
        return Check(
            name="Ports",
            status="fail",
            detail=f"not free on {settings.http_host}: {', '.join(taken)}",
            remedy="argus up --port 0",
        )
    return Check(
        name="Ports", status="ok", detail=f"{settings.http_port} and {settings.grpc_port} are free"
    )


def _browser(settings: KernelSettings) -> Check:
    try:
        browser = find_browser(cache=settings.home.absolute() / "browsers")
    except BrowserNotFound:
        return Check(
            name="Browser",
            status="warn",
            detail="none found; argus qa needs one",
            remedy="argus browsers install",
        )
    return Check(name="Browser", status="ok", detail=str(browser))


_CHECKS: tuple[Callable[[KernelSettings], Check], ...] = (
    _python,
    _home,
    _disk,
    _key_file,
    _database,
    _migrations,
    _ports,
    _browser,
)
