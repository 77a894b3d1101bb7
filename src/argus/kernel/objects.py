"""Artifacts: screenshots, traces, reports. The embedded store is a folder under `ARGUS_HOME`."""

import errno
import os
import shutil
import tempfile
from pathlib import Path

from argus.kernel.errors import NotFound

_NO_SUCH_FILE = (errno.ENOENT, errno.EISDIR, errno.ENOTDIR, errno.ENAMETOOLONG)


class ObjectNotFound(NotFound):
    """There is no such artifact, or it has been deleted."""

    code, title = "kernel.object.not_found", "Artifact not found"


class FolderObjects:
    """Objects as files below `root`; a key is a relative path, and never leads outside."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()

    def folder(self, prefix: str) -> Path:
        """An existing folder to write many objects of one prefix into."""
        folder = self._path(prefix)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return folder

    def put(self, key: str, content: bytes) -> None:
        """Store whole or not at all; an existing object is replaced."""
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor, temporary = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        Path(temporary).replace(path)

    def get(self, key: str) -> bytes:
        """Raises ObjectNotFound."""
        try:
            return self._path(key).read_bytes()
        except OSError as error:
            if error.errno in _NO_SUCH_FILE:
                raise ObjectNotFound(key) from None
            raise

    def keys(self, prefix: str) -> list[str]:
        """Keys below `prefix`, relative to it, in order."""
        folder = self._path(prefix)
        return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())

    def delete(self, prefix: str) -> None:
        """Delete all objects below `prefix`, if there are any. Blocks."""
        shutil.rmtree(self._path(prefix), ignore_errors=True)

    def _path(self, key: str) -> Path:
        path = None if "\0" in key else (self._root / key).resolve()
        if path is None or not path.is_relative_to(self._root):
            raise ObjectNotFound(key)
        return path
