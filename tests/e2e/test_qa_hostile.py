"""`argus qa run` on applications that misbehave: a clear end within the time budget."""

from collections.abc import Callable

import pytest

from support.processes import RunningPlatform
from support.testing import Tester

pytestmark = pytest.mark.timeout(900)

BUDGET = ("--time-budget", "12s")


@pytest.fixture(scope="module")
def tester(tested: RunningPlatform, tmp_path_factory: pytest.TempPathFactory) -> Tester:
    return Tester(tested, tmp_path_factory.mktemp("hostile"))


@pytest.mark.parametrize(
    ("way", "kind"),
    [
        ("errors", "server_error"),
        ("redirects", "redirect_loop"),
        ("silent", "never_loads"),
        ("endless", "never_loads"),
        ("dialogs", "dialog_storm"),
    ],
)
def test_a_misbehaving_application_is_a_finding(
    tester: Tester, hostile: Callable[[str], str], way: str, kind: str
) -> None:
    found = tester.run(hostile(way), *BUDGET)
    assert found.code == 1, found.printed
    assert kind in {finding["kind"] for finding in found.serious()}


def test_an_application_that_answers_500_to_everything_is_a_bug_also_behind_a_login(
    tester: Tester, hostile: Callable[[str], str]
) -> None:
    user = Tester(tester.platform, tester.folder, "ada", "secret")
    found = user.run(hostile("errors"), *BUDGET)
    assert found.code == 1, found.printed
    assert [finding["kind"] for finding in found.serious()] == ["server_error"]


def test_an_application_that_is_not_there_is_an_error_with_its_reason(tester: Tester) -> None:
    found = tester.run("http://127.0.0.1:9/", *BUDGET)
    assert (found.code, found.outcome) == (2, {})
    assert "http://127.0.0.1:9/ does not answer" in found.printed
