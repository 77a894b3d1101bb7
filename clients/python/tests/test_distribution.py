"""What is installed is whole: types, entry points, and the pytest plugin of its users."""

import os
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path
from zipfile import ZipFile

from client_support import HOME

USERS_TEST = """
from argus_client import ArgusClient

def test_a_service(argus_issuer):
    with ArgusClient() as argus:
        assert argus.verify(argus_issuer.token("results:read")).may("results:read")
"""


def test_the_wheel_brings_the_plugin_to_its_users(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=HOME, check=True, capture_output=True)
    [wheel] = tmp_path.glob("argus_client-*.whl")
    names = {name.partition("/")[2] for name in ZipFile(wheel).namelist()}
    assert {"py.typed", "integrations/django.py", "METADATA", "entry_points.txt"} <= names
    assert not [name for name in names if name.startswith(("tests", "examples"))]
    (tmp_path / "test_service.py").write_text(USERS_TEST)
    others = [f"-pno:{plugin.name}" for plugin in entry_points(group="pytest11")]  # slow to load
    users = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-pno:cacheprovider", *others, "test_service.py"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(wheel)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert users.returncode == 0, users.stdout
