"""Importing the client is quick, and brings nothing along that a service may not have."""

import json
import re
import tomllib

import pytest

from client_support import HOME, run

MODULES = sorted(
    ".".join(path.relative_to(HOME).with_suffix("").parts)
    for path in (HOME / "argus_client").rglob("*.py")
    if path.name not in ("__init__.py", "__main__.py")
)
FRAMEWORKS = {"django", "fastapi", "flask", "grpc", "pytest", "starlette"}


def imported(program: str) -> set[str]:
    """The top-level packages that are loaded after it."""
    show = "import json, sys; print(json.dumps([*sys.modules]))"
    done = run("-c", f"{program}\n{show}")
    assert done.returncode == 0, done.stderr
    return {name.partition(".")[0] for name in json.loads(done.stdout)}


def test_importing_it_loads_neither_network_nor_cryptography_nor_the_platform() -> None:
    slow = {"asyncio", "cryptography", "httpx", "ssl", "argus"} | FRAMEWORKS
    assert not imported("import argus_client") & slow


def test_the_first_import_takes_less_than_300_ms_of_the_processor() -> None:
    program = (
        "import time; before = time.process_time(); import argus_client;"
        "print(time.process_time() - before)"
    )
    taken = [float(run("-X", "frozen_modules=on", "-c", program).stdout) for _ in range(3)]
    assert min(taken) < 0.3


@pytest.mark.parametrize("module", [m for m in MODULES if ".integrations." in m])
def test_an_integration_loads_its_own_framework_only(module: str) -> None:
    own = {"http": set[str](), "fastapi": {"fastapi", "starlette"}}
    name = module.rpartition(".")[2]
    found = imported(f"import {module}")
    assert found & FRAMEWORKS == own.get(name, {name}) & FRAMEWORKS
    assert "argus" not in found


def test_no_module_imports_the_platform() -> None:
    sources = {path: path.read_text() for path in HOME.glob("argus_client/**/*.py")}
    assert len(sources) > 20
    platform = re.compile(r"^\s*(from|import) argus(\.|\s)", re.MULTILINE)
    assert [path.name for path, source in sources.items() if platform.search(source)] == []


def test_it_depends_on_two_packages() -> None:
    project = tomllib.loads((HOME / "pyproject.toml").read_text())["project"]
    names = [re.split(r"[<>=]", each)[0] for each in project["dependencies"]]
    assert names == ["cryptography", "httpx"]
    assert project["name"] == "argus-client"
