import pytest

from argus.services.qa.planning.controls import Purpose, confirms, deletes, primary_submit, purpose
from argus.services.qa.target import Fingerprint


def button(text: str = "", **attributes: str) -> Fingerprint:
    return Fingerprint(tag="button", role="button", name=text, text=text, attributes=attributes)


def submit(value: str) -> Fingerprint:
    return Fingerprint(
        tag="input", type="submit", role="button", name=value, attributes={"value": value}
    )


def link(text: str, **attributes: str) -> Fingerprint:
    return Fingerprint(tag="a", role="link", name=text, text=text, attributes=attributes)


@pytest.mark.parametrize(
    ("element", "expected"),
    [
        (submit("Save"), Purpose.SAVE),
        (submit("Save and add another"), Purpose.SAVE_AND_STAY),
        (submit("Save and continue editing"), Purpose.SAVE_AND_STAY),
        (submit("Add book"), Purpose.SAVE),
        (button("Create account and delete old one"), Purpose.DELETE),
        (link("Delete"), Purpose.DELETE),
        (button("Remove"), Purpose.DELETE),
        (button("×"), Purpose.DELETE),
        (button("🗑\ufe0f"), Purpose.DELETE),
        (button("✏\ufe0f"), Purpose.EDIT),
        (button("", **{"class": "icon-pencil"}), Purpose.EDIT),
        (button("", **{"class": "destroy"}), Purpose.DELETE),
        (button("", **{"class": "btn icon-trash"}), Purpose.DELETE),
        (button("", **{"data-testid": "todo-item-removeButton"}), Purpose.DELETE),
        (link("Deleted scenes", href="/film/delete/"), Purpose.OTHER),
        (button("Delete all"), Purpose.BULK),
        (button("Clear completed"), Purpose.BULK),
        (button("Delete selected books"), Purpose.BULK),
        (button("Log out"), Purpose.BULK),
        (link("Change password"), Purpose.BULK),
        (button("Pay now"), Purpose.BULK),
        (button("Cancel"), Purpose.CANCEL),
        (link("No, take me back"), Purpose.CANCEL),
        (link("Edit"), Purpose.EDIT),
        (link("Dune"), Purpose.OTHER),
    ],
)
def test_a_control_is_judged_as_a_person_reads_it(element: Fingerprint, expected: Purpose) -> None:
    assert purpose(element) is expected


@pytest.mark.parametrize(
    ("controls", "expected"),
    [
        ([submit("Save and add another"), submit("Save and continue editing"), submit("Save")], 2),
        ([link("Delete"), submit("Save")], 1),
        ([submit("Go"), submit("Search")], 0),
        ([button("Log out"), button("Create")], 1),
        ([submit("Delete"), submit("Log out")], None),
        ([submit("Save and continue")], 0),
        ([], None),
    ],
)
def test_the_primary_submit_saves_and_never_deletes_or_signs_out(
    controls: list[Fingerprint], expected: int | None
) -> None:
    assert primary_submit(controls) == expected


def test_only_something_pressable_deletes() -> None:
    assert deletes(link("Delete"))
    assert not deletes(Fingerprint(tag="p", text="Delete"))


@pytest.mark.parametrize(
    ("element", "expected"),
    [
        (submit("Yes, I’m sure"), True),
        (button("Delete"), True),
        (button("OK"), True),
        (link("No, take me back"), False),
        (button("Cancel"), False),
        (button("Yes, delete all"), False),
        (button("Log out"), False),
    ],
)
def test_confirmation_says_yes_to_one_deletion_only(element: Fingerprint, expected: bool) -> None:
    assert confirms(element) is expected
