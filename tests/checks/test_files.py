import subprocess
from pathlib import Path

import pytest

from checks import NOTE, files


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    service = tmp_path / "src/argus/services/auth"
    service.mkdir(parents=True)
    for name in files.SERVICE_FILES:
        (service / name).write_text("")
    return tmp_path


@pytest.mark.parametrize("folder", ["root", "home", "Users"])
def test_an_ordinary_checkout_is_accepted(checkout: Path, folder: str) -> None:
    text = f"Open https://example.org/{folder}/x or `src/{folder}/x`.\n"
    (checkout / "a.md").write_text(text)
    (checkout / "picture.png").write_bytes(b"\x89PNG\xff")
    assert files.check(checkout) == []


@pytest.mark.parametrize(
    "text",
    ["https://" + "registry.npmjs" + ".org/left-pad", "http://" + "pypi" + ".internal/simple"],
)
def test_the_address_of_a_registry_is_reported(checkout: Path, text: str) -> None:
    (checkout / "a.txt").write_text(f"first\n{text}\n")
    assert files.check(checkout) == [f"a.txt:2 names a package registry: {text.rsplit('/', 1)[0]}"]


@pytest.mark.parametrize("folder", ["root", "home/ada", "Users/ada"])
def test_the_path_of_a_machine_is_reported(checkout: Path, folder: str) -> None:
    (checkout / "a.txt").write_text(f"see /{folder}/notes\n")
    assert "names a folder of some machine" in files.check(checkout)[0]


def test_ignored_files_may_hold_anything(checkout: Path) -> None:
    (checkout / ".gitignore").write_text("cache\n")
    (checkout / "cache").write_text("/" + "root/notes")
    assert files.check(checkout) == []


def test_a_long_source_file_is_noted_and_a_longer_one_refused(checkout: Path) -> None:
    file = checkout / "src/argus/long.py"
    file.write_text("x\n" * 450)
    assert files.check(checkout) == [f"{NOTE}src/argus/long.py has 450 lines of 500"]
    file.write_text("x\n" * 501)
    assert files.check(checkout) == ["src/argus/long.py has 501 lines; split it by use case at 500"]


def test_a_service_without_its_page_is_reported(checkout: Path) -> None:
    (checkout / "src/argus/services/auth/README.md").unlink()
    assert files.check(checkout) == ["src/argus/services/auth has no README.md"]
