"""Artifacts stay below their folder, wherever that is."""

from pathlib import Path

import pytest

from argus.kernel.objects import FolderObjects, ObjectNotFound


def test_an_object_reads_back_and_is_listed_by_prefix(tmp_path: Path) -> None:
    objects = FolderObjects(tmp_path)
    objects.put("run/1/page.html", b"one")
    objects.put("run/1/page.html", b"two")
    objects.put("run/2/page.html", b"three")
    assert objects.get("run/1/page.html") == b"two"
    assert objects.keys("run/1") == ["page.html"]


def test_a_folder_behind_a_link_serves_as_well(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    objects = FolderObjects(tmp_path / "link")
    objects.put("a", b"content")
    assert objects.get("a") == b"content"


@pytest.mark.parametrize(
    "key", ["../outside", "a/../../outside", "/etc/passwd", "a\0b", "", "no", "x" * 5000]
)
def test_what_is_outside_or_missing_is_not_found(tmp_path: Path, key: str) -> None:
    (tmp_path / "outside").write_bytes(b"secret")
    with pytest.raises(ObjectNotFound):
        FolderObjects(tmp_path / "root").get(key)
