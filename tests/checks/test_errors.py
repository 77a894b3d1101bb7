from pathlib import Path

import pytest

from checks import errors


class Missing:
    """The thing is not there.

    Look elsewhere.
    """

    code, status, title = "kernel.thing.missing", 404, "Missing"


def broken(**attributes: object) -> type:
    defaults = {"code": "kernel.thing.broken", "status": 400, "title": "Broken", "__doc__": "x"}
    return type("Broken", (), defaults | attributes)


def test_a_whole_catalogue_is_accepted() -> None:
    assert errors.rules([Missing]) == []


@pytest.mark.parametrize(
    ("error", "problem"),
    [
        (broken(code="broken"), "is not <service>.<resource>.<condition>"),
        (broken(code="kernel.Thing.broken"), "is not <service>.<resource>.<condition>"),
        (broken(status=500), "status 500"),
        (broken(status=200), "status 200"),
        (broken(__doc__=None), "no docstring"),
        (broken(title=""), "no title"),
        (broken(code=Missing.code), "stands for 2 classes"),
    ],
)
def test_an_entry_that_breaks_the_form_is_reported(error: type, problem: str) -> None:
    found = errors.rules([Missing, error])
    assert len(found) == 1
    assert problem in found[0]


def test_a_page_says_what_the_docstring_says() -> None:
    pages = errors.pages([Missing])
    assert pages[Path("docs/errors/kernel.thing.missing.md")] == (
        "# Missing\n\n`kernel.thing.missing`, HTTP status 404\n\n"
        "The thing is not there.\n\nLook elsewhere.\n"
    )
    assert "kernel.thing.missing.md" in pages[Path("docs/errors/README.md")]
