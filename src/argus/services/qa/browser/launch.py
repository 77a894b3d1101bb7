"""Finding, installing and starting the browser.

The headless shell is preferred: it runs four times as many journeys per second as Chromium's full
build and needs a quarter of the memory for a context.
"""

import os
import shutil
import tarfile
import tempfile
from asyncio import create_subprocess_exec, to_thread
from asyncio.subprocess import PIPE, STDOUT
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from io import BytesIO
from pathlib import Path
from typing import Any, cast

import brotli  # pyright: ignore[reportMissingTypeStubs]
from playwright.async_api import Browser, async_playwright
from playwright.async_api import Error as PlaywrightError

from argus.services.qa.browser.errors import BrowserCrashed, BrowserInstallFailed, BrowserNotFound

_brotli = cast(Any, brotli)  # it has no types
_decompress: Callable[[bytes], bytes] = _brotli.decompress
_CompressionError: type[Exception] = _brotli.error

PACKAGE = "@sparticuz/chromium@153.0.0"
"""The npm package that carries a headless shell and the libraries and fonts it needs."""

_HEADLESS_SHELLS = ("chromium-headless-shell", "chrome-headless-shell")
_FULL_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

_UNREACHABLE_HOSTS = (
    "169.254.*",
    "[::ffff:a9fe:*",  # the same, mapped to IPv6
    "[fe80:*",
    "[fd00:ec2:*",
    "100.100.100.200",
    "168.63.129.16",
    "metadata.google.internal",
)
"""Link-local addresses and cloud metadata services: no page under test may make us ask them.

Names that resolve to such an address are not covered: the network around a worker must be.
"""

_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=" + ",".join(f"MAP {host} ~NOTFOUND" for host in _UNREACHABLE_HOSTS),
)

_LAUNCHER = """#!/bin/sh
here=$(dirname "$(readlink -f "$0")")
export LD_LIBRARY_PATH="$here/lib" FONTCONFIG_FILE="$here/fonts.conf"
exec "$here/chromium" "$@"
"""

_FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <dir prefix="relative">fonts</dir>
  <cachedir prefix="xdg">fontconfig</cachedir>
</fontconfig>
"""


def find_browser(configured: Path | None = None, cache: Path | None = None) -> Path:
    """`configured`, else a headless shell of the system, else the copy in `cache`, else Chromium.

    Raises:
        BrowserNotFound: there is none, or `configured` is no executable file.
    """
    if configured is not None:
        if os.access(configured, os.X_OK) and configured.is_file():
            return configured
        raise BrowserNotFound(f"{configured} is no executable file; correct the browser setting")
    if shell := _on_path(_HEADLESS_SHELLS):
        return shell
    if cache is not None and os.access(_launcher(cache), os.X_OK):
        return _launcher(cache)
    if full := _on_path(_FULL_BROWSERS):
        return full
    raise BrowserNotFound("run `argus browsers install`, or install Chromium or Chrome")


async def install_browser(cache: Path) -> Path:
    """Unpack the headless shell of `PACKAGE` into `cache` and return its executable.

    A complete copy is kept as it is; an interrupted installation leaves none behind. Needs the
    `npm` command, 70 MB of download and 300 MB of disk; nothing is installed outside `cache`.

    Raises:
        BrowserInstallFailed: `npm` is missing, cannot fetch the package, or it is not as expected.
    """
    launcher = _launcher(cache)
    if not launcher.exists():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache, prefix=".unpacking-") as folder:
            package = await _fetch_package(Path(folder))
            unpacked = Path(folder) / "browser"
            try:
                await to_thread(_unpack, package, unpacked)
            except (tarfile.TarError, _CompressionError, KeyError) as error:
                raise BrowserInstallFailed(f"{PACKAGE} is not as expected: {error}") from error
            shutil.rmtree(launcher.parent, ignore_errors=True)
            unpacked.rename(launcher.parent)
    return launcher


@asynccontextmanager
async def open_browser(executable: Path | None = None) -> AsyncGenerator[Browser]:
    """A running browser, stopped at the end with all its processes.

    `executable` is what `find_browser` returned; None looks one up.

    Raises:
        BrowserNotFound: no executable was given and there is none.
        BrowserCrashed: it does not start, or ended before the block did.
    """
    path = executable or find_browser()
    async with async_playwright() as playwright:
        try:
            browser = await playwright.chromium.launch(executable_path=path, args=[*_ARGUMENTS])
        except PlaywrightError as error:
            raise BrowserCrashed(f"{path} does not start: {error.message}") from error
        try:
            yield browser
        except PlaywrightError as error:
            if browser.is_connected():
                raise
            raise BrowserCrashed(f"{path} ended while it was in use") from error
        finally:
            await browser.close()


def _on_path(names: tuple[str, ...]) -> Path | None:
    return next((Path(found) for name in names if (found := shutil.which(name))), None)


def _launcher(cache: Path) -> Path:
    return cache / PACKAGE.rpartition("@")[2] / "headless-shell"


async def _fetch_package(folder: Path) -> Path:
    npm = shutil.which("npm")
    if npm is None:
        raise BrowserInstallFailed("the `npm` command is missing; install Node.js or Chromium")
    arguments = ("pack", PACKAGE, "--ignore-scripts", "--silent", f"--pack-destination={folder}")
    process = await create_subprocess_exec(npm, *arguments, stdout=PIPE, stderr=STDOUT, cwd=folder)
    output, _ = await process.communicate()
    packages = sorted(folder.glob("*.tgz"))
    if process.returncode or not packages:
        raise BrowserInstallFailed(f"npm pack {PACKAGE}: {output.decode(errors='replace')[-500:]}")
    return packages[0]


def _unpack(package: Path, destination: Path) -> None:
    destination.mkdir()
    with tarfile.open(package) as archive:

        def content(name: str) -> bytes:
            member = archive.extractfile(f"package/bin/{name}.br")
            if member is None:
                raise KeyError(name)
            return _decompress(member.read())

        for name in ("al2023.tar", "swiftshader.tar", "fonts.tar"):
            with tarfile.open(fileobj=BytesIO(content(name))) as part:
                part.extractall(destination, filter="data")
        browser = destination / "chromium"
        browser.write_bytes(content("chromium"))
    browser.chmod(0o755)
    (destination / "fonts.conf").write_text(_FONTS)
    launcher = destination / "headless-shell"
    launcher.write_text(_LAUNCHER)
    launcher.chmod(0o755)
