"""The guide's application works as it is written."""

import json
import re
import subprocess
import sys
from pathlib import Path

import httpx

from support.browsing import Page
from support.processes import environment_of, eventually, running
from support.readme import PLATFORM, ROOT, typed
from support.upstreams import held_port

APPLICATION = "http://127.0.0.1:5000"
GUIDE = (ROOT / "docs/guides/sign-in.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)


def send(
    browser: httpx.Client, shown: httpx.Response, action: str, **fields: str
) -> httpx.Response:
    """Send the form of a page back."""
    form = Page(shown).form(action)
    headers = {"Origin": "null"}
    return browser.post(shown.url.join(action), data=form.fields | fields, headers=headers)


def test_an_application_signs_people_in_and_out_as_the_guide_has_it(tmp_path: Path) -> None:
    register, _, run = blocks("console")
    with held_port() as port, running(tmp_path / "home") as platform:
        here = f"http://127.0.0.1:{port}"
        at = {PLATFORM: platform.url, APPLICATION: here}
        at |= {"owner@example.com": platform.email, "PASSWORD=...": f"PASSWORD={platform.password}"}
        typed(register.splitlines(), tmp_path, platform.home, at=at).check_returncode()
        assert json.loads((tmp_path / "client.json").read_text())["client_secret"]
        [source] = blocks("python")
        for address, actual in at.items():
            source = source.replace(address, actual)
        (tmp_path / "app.py").write_text(source)
        command = run.split()
        command[command.index("5000")] = str(port)
        with subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=tmp_path,
            env=environment_of(platform.home),
            stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as application:
            try:
                eventually(lambda: httpx.get(here, trust_env=False).is_success)
                visit(here, platform.url, platform.email, platform.password)
            finally:
                application.terminate()


def visit(here: str, argus: str, email: str, password: str) -> None:
    """A person signs in, is known, signs out, and is not."""
    with httpx.Client(follow_redirects=True, trust_env=False) as browser:
        assert "Sign in" in browser.get(here).text
        sign_in = browser.get(f"{here}/sign-in")
        assert str(sign_in.url).startswith(f"{argus}/sign-in")
        consent = send(browser, sign_in, "/sign-in", email=email, password=password)
        assert "Notes" in consent.text
        home = send(browser, consent, "/consent", decision="allow")
        assert str(home.url) == f"{here}/"
        assert f"Hello {email}!" in home.text
        assert "Sign in" in browser.get(f"{here}/sign-out").text
        assert str(browser.get(f"{here}/sign-in").url).startswith(f"{argus}/sign-in")
