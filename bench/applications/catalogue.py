"""The applications: somebody else's software, in two releases or in two looks."""

import shutil
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from bench.applications.release import Release, Start, node, python, run, served
from subjects.look import Look
from subjects.process import running


@dataclass(frozen=True)
class Application:
    """What is tested: as it is `before`, and with the suite of that on `after`."""

    name: str
    what: str
    before: Release
    after: Release
    username: str = ""
    password: str = ""
    reds: Mapping[str, str] = field(default_factory=dict[str, str])
    """Part of the text of a red, and why what has it is red."""

    def why(self, what: str, message: str) -> str:
        """The explanation of a red; empty where there is none."""
        text = f"{what}: {message}"
        return next((why for part, why in self.reds.items() if part in text), "")


def _django_admin(look: Look) -> Start:
    def start(folder: Path) -> AbstractContextManager[str]:
        data = folder / look
        data.mkdir()
        return running("django_admin.py", "--folder", str(data), "--look", look)

    return start


def _todomvc(look: Look) -> Start:
    def start(_folder: Path) -> AbstractContextManager[str]:
        return running("todomvc.py", "--look", look)

    return start


def _trac(*, redecorated: bool) -> Start:
    """`redecorated`: what an administrator changes without touching the code."""

    def start(folder: Path) -> AbstractContextManager[str]:
        programs, data = python("trac-1.6"), folder / "trac"
        admin = (programs / "trac-admin", data)
        if not data.exists():
            run([*admin, "initenv", "Trac", "sqlite:db/trac.db"])
            for right in ("TICKET_ADMIN", "WIKI_ADMIN", "MILESTONE_ADMIN", "REPORT_ADMIN"):
                run([*admin, "permission", "add", "anonymous", right])
        if redecorated:
            for option in _TRAC_DECORATION:
                run([*admin, "config", "set", *option])
            for place in ("header", "footer"):
                (data / f"templates/site_{place}.html").write_text(_TRAC_BANNER)
        return served(
            lambda port: [
                *(programs / "tracd", "--single-env", data),
                *("--hostname", "127.0.0.1", "--port", str(port)),
            ],
            "/",
            folder,
        )

    return start


_TRAC_DECORATION = (
    ("mainnav", "wiki.label", "Handbook"),
    ("mainnav", "tickets.label", "All tickets"),
    ("mainnav", "newticket.order", "1"),
    ("ticket-custom", "customer", "text"),
    ("ticket-custom", "customer.label", "Customer"),
)
_TRAC_BANNER = '<div class="site"><p>A tracker for benchmarks. <a href="about">More</a></p></div>'


def _node_red(version: str) -> Start:
    def start(folder: Path) -> AbstractContextManager[str]:
        command = node(f"node-red-{version}", "node-red/red.js")
        return served(
            lambda port: [
                *command,
                *("--userDir", str(folder), "--port", str(port), "-D", "uiHost=127.0.0.1"),
            ],
            "/",
            folder,
        )

    return start


def _jupyterlab(version: str) -> Start:
    def start(folder: Path) -> AbstractContextManager[str]:
        program, documents = python(f"jupyterlab-{version}") / "jupyter-lab", folder / "documents"
        documents.mkdir(exist_ok=True)
        return served(
            lambda port: [
                *(program, "--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={port}"),
                *("--IdentityProvider.token=", f"--ServerApp.root_dir={documents}"),
            ],
            "/lab",
            folder,
            {"HOME": str(folder), "JUPYTER_CONFIG_DIR": str(folder / "config")},
        )

    return start


def _optuna_dashboard(version: str) -> Start:
    def start(folder: Path) -> AbstractContextManager[str]:
        program = python(f"optuna-dashboard-{version}") / "optuna-dashboard"
        journal = folder / "journal.log"
        journal.touch()
        return served(
            lambda port: [
                *(program, "--host", "127.0.0.1", "--port", str(port)),
                *("--storage-class", "JournalFileStorage", journal),
            ],
            "/dashboard",
            folder,
        )

    return start


def _pretix(version: str) -> Start:
    def start(folder: Path) -> AbstractContextManager[str]:
        programs, data = python(f"pretix-{version}"), folder / "data"
        if not data.exists():
            shutil.copytree(_migrated(programs), data)
        environment = _configured(folder, data)
        pretix = (programs / "python", "-m", "pretix")
        run([*pretix, "migrate"], **environment)
        return served(
            lambda port: [*pretix, "runserver", "--noreload", f"127.0.0.1:{port}"],
            "/control/",
            folder,
            environment,
        )

    return start


def _migrated(programs: Path) -> Path:
    """The data of a new pretix: hundreds of migrations, made once."""
    folder = programs.parent / "new"
    complete = folder / "complete"
    if not complete.exists():
        data = folder / "data"
        data.mkdir(parents=True, exist_ok=True)
        run([programs / "python", "-m", "pretix", "migrate"], **_configured(folder, data))
        complete.touch()
    return folder / "data"


def _configured(folder: Path, data: Path) -> dict[str, str]:
    configuration = folder / "pretix.cfg"
    configuration.write_text(_PRETIX.format(data=data))
    return {"PRETIX_CONFIG_FILE": str(configuration)}


_PRETIX = """[pretix]
instance_name=pretix
url=http://127.0.0.1
datadir={data}
[database]
backend=sqlite3
[django]
debug=on
"""


def _kinto(version: str) -> Start:
    def start(folder: Path) -> AbstractContextManager[str]:
        configuration = folder / "kinto.ini"
        configuration.write_text(_KINTO)
        program = python(f"kinto-{version}") / "kinto"
        return served(
            lambda port: [
                *(program, "start", "--ini", configuration, "--port", str(port)),
            ],
            "/v1/",
            folder,
        )

    return start


_KINTO = """[server:main]
use = egg:waitress#main
host = 127.0.0.1
port = %(http_port)s
[app:main]
use = egg:kinto
kinto.includes = kinto.plugins.default_bucket
kinto.storage_backend = kinto.core.storage.memory
kinto.cache_backend = kinto.core.cache.memory
kinto.permission_backend = kinto.core.permission.memory
kinto.userid_hmac_secret = only for benchmarks
kinto.bucket_create_principals = system.Everyone
"""


APPLICATIONS = (
    Application(
        "django-admin",
        "Django's admin over two models",
        Release("as it is", _django_admin(Look.ORIGINAL)),
        Release("restyled", _django_admin(Look.RESTYLED)),
        username="admin",
        password="admin",
    ),
    Application(
        "todomvc",
        "TodoMVC for Backbone, which keeps its data in the browser",
        Release("as it is", _todomvc(Look.ORIGINAL)),
        Release("restyled", _todomvc(Look.RESTYLED)),
    ),
    Application(
        "trac",
        "Trac: tickets, wiki and reports, pages from the server",
        Release("1.6", _trac(redecorated=False)),
        Release("1.6 configured anew", _trac(redecorated=True)),
        reds={
            "GET /login answers 500": "true: without authentication set up, Trac fails there "
            "instead of saying so"
        },
    ),
    Application(
        "node-red",
        "Node-RED: an editor of flows, jQuery and SVG",
        Release("4.0.9", _node_red("4.0.9")),
        Release("4.1.15", _node_red("4.1.15")),
    ),
    Application(
        "jupyterlab",
        "JupyterLab: notebooks and files, a desktop in the browser",
        Release("4.5.11", _jupyterlab("4.5.11")),
        Release("4.6.6", _jupyterlab("4.6.6")),
    ),
    Application(
        "optuna-dashboard",
        "Optuna's dashboard: React and a JSON API",
        Release("0.19.0", _optuna_dashboard("0.19.0")),
        Release("0.21.0", _optuna_dashboard("0.21.0")),
        reds={
            "Delete a study: step delete-2": 'true: 0.21.0 says "Failed to delete study" and keeps '
            "showing it, though the server has deleted it and answered 204"
        },
    ),
    Application(
        "pretix",
        "pretix: the back office of a ticket shop",
        Release("2026.7.2", _pretix("2026.7.2")),
        Release("2026.8.0", _pretix("2026.8.0")),
        username="admin@localhost",
        password="admin",
    ),
    Application(
        "kinto",
        "Kinto: storage over a JSON API, without any page",
        Release("25.0.3", _kinto("25.0.3")),
        Release("26.5.0", _kinto("26.5.0")),
        reds={
            "/v1/__version__ answered 500": "true: without a file that names the version, Kinto "
            "fails there instead of saying so"
        },
    ),
)
