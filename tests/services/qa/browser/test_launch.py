import asyncio
import os
from pathlib import Path

import pytest

from argus.services.qa.browser.errors import (
    BrowserCrashed,
    BrowserInstallFailed,
    BrowserNotFound,
)
from argus.services.qa.browser.launch import find_browser, install_browser, open_browser


def executable(path: Path, script: str = "exit 1") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def test_the_configured_browser_comes_first(tmp_path: Path) -> None:
    mine = executable(tmp_path / "mine")
    assert find_browser(mine) == mine


def test_a_configured_browser_that_does_not_exist_is_not_replaced_by_another(
    tmp_path: Path,
) -> None:
    with pytest.raises(BrowserNotFound, match="correct the browser setting"):
        find_browser(tmp_path / "missing")


def test_a_headless_shell_beats_the_cached_copy_which_beats_the_full_browser(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache, bin_folder = tmp_path / "cache", tmp_path / "bin"
    monkeypatch.setenv("PATH", str(bin_folder))
    full = executable(bin_folder / "chromium")
    assert find_browser(cache=cache) == full
    cached = executable(cache / "153.0.0" / "headless-shell")
    assert find_browser(cache=cache) == cached
    shell = executable(bin_folder / "chromium-headless-shell")
    assert find_browser(cache=cache) == shell


def test_without_any_browser_the_error_names_the_command_that_mends_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BrowserNotFound, match="argus browsers install"):
        find_browser(cache=tmp_path)


async def test_a_browser_that_does_not_start_is_reported_with_its_path(tmp_path: Path) -> None:
    broken = executable(tmp_path / "broken", "echo no display >&2; exit 3")
    with pytest.raises(BrowserCrashed, match="broken does not start"):
        await open_browser(broken).__aenter__()


async def test_a_browser_that_ends_in_use_is_reported_as_crashed() -> None:
    async def end_it_in_use() -> None:
        async with open_browser() as browser:
            page = await browser.new_page()
            devtools = await browser.new_browser_cdp_session()
            gone = asyncio.Event()
            browser.on("disconnected", lambda _: gone.set())
            await devtools.send("Browser.close")
            async with asyncio.timeout(30):
                await gone.wait()
            await page.goto("about:blank")

    with pytest.raises(BrowserCrashed, match="ended while it was in use"):
        await end_it_in_use()


async def test_the_browser_cannot_ask_cloud_metadata_services() -> None:
    async with open_browser() as browser:
        page = await browser.new_page()
        hosts = ("169.254.169.254", "2852039166", "[::ffff:169.254.169.254]", "[fe80::1]")
        for host in (*hosts, "[fd00:ec2::254]", "100.100.100.200", "metadata.google.internal"):
            refused = await page.evaluate(
                "url => fetch(url, {mode: 'no-cors'}).then(() => '', error => error.message)",
                f"http://{host}/latest/",
            )
            assert refused == "Failed to fetch"


async def test_installing_without_npm_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BrowserInstallFailed, match="`npm` command is missing"):
        await install_browser(tmp_path / "cache")


async def test_a_failed_installation_leaves_nothing_behind_and_quotes_npm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    executable(tmp_path / "bin" / "npm", "echo E404 no such package >&2; exit 1")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(BrowserInstallFailed, match="E404 no such package"):
        await install_browser(tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []


async def test_the_installed_copy_runs_and_is_installed_once(tmp_path: Path) -> None:
    path = await install_browser(tmp_path)
    installed_at = path.stat().st_mtime_ns
    assert await install_browser(tmp_path) == path
    assert path.stat().st_mtime_ns == installed_at
    async with open_browser(path) as browser:
        page = await browser.new_page()
        await page.set_content("<h1>Żółw</h1>")
        assert await page.inner_text("h1") == "Żółw"
