import pytest

from argus.services.qa.healing.renamed import maybe_renamed
from argus.services.qa.target import Fingerprint


def button(name: str) -> Fingerprint:
    return Fingerprint(tag="button", type="submit", role="button", name=name, text=name)


@pytest.mark.parametrize(
    ("before", "after"),
    [("Save", "Save changes"), ("Delete", "Remove"), ("Filter", "Apply"), ("Edit", "Modify")],
)
def test_a_control_that_may_do_the_same_may_be_the_lost_one(before: str, after: str) -> None:
    assert maybe_renamed(button(before), [button("Cancel"), button(after)], []) == [1]


@pytest.mark.parametrize(
    ("before", "after"),
    [("Save", "Save and add another"), ("Save", "Cancel"), ("Save", "Delete"), ("Edit", "Close")],
)
def test_a_control_that_does_something_else_is_not(before: str, after: str) -> None:
    assert maybe_renamed(button(before), [button(after)], []) == []


def test_what_the_test_knows_as_another_element_is_that_one() -> None:
    store = button("Store")
    assert maybe_renamed(button("Save"), [store], [store]) == []
    assert maybe_renamed(button("Save"), [store], [button("Filter")]) == [0]


def test_an_identity_makes_up_for_looks() -> None:
    def link(name: str, **attributes: str) -> Fingerprint:
        return Fingerprint(tag="a", role="link", name=name, attributes=attributes)

    known = link("Edit", href="/books/7/edit", **{"class": "button"}, rel="x", title="Correct it")
    again = link("Change", href="/books/9/edit")
    assert maybe_renamed(known, [link("View", href="/books/9"), again], []) == [1]


def test_the_form_around_it_may_have_another_name_as_well() -> None:
    known, again = (
        Fingerprint(tag="input", type="text", role="textbox", name=name, form_label=form)
        for name, form in (("Name", "New lead"), ("Full name", "Create somebody"))
    )
    assert maybe_renamed(known, [button("Save"), again], []) == [1]
