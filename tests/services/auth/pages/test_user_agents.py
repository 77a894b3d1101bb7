import pytest

from argus.services.auth.pages.user_agents import described

WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        (f"{WINDOWS} Chrome/150.0 Safari/537.36", "Chrome on Windows"),
        (f"{WINDOWS} Chrome/150.0 Safari/537.36 Edg/150.0", "Edge on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Safari/605.1", "Safari on iPhone"),
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0",
            "Firefox on Linux",
        ),
        ("argus-cli/1.2 python/3.13", "argus-cli"),
        ("", "Unknown program"),
    ],
)
def test_a_program_goes_by_the_name_that_people_know(user_agent: str, name: str) -> None:
    assert described(user_agent) == name
