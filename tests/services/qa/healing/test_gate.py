import pytest

from argus.services.qa.healing.gate import Grounds, choose, identities
from argus.services.qa.target import Fingerprint


def button(name: str, **changes: object) -> Fingerprint:
    plain = Fingerprint(
        tag="button",
        type="submit",
        role="button",
        name=name,
        text=name,
        attributes={"class": "btn"},
        xpath="/html[1]/body[1]/form[1]/button[1]",
        box=(10, 10, 80, 20),
    )
    return plain.model_copy(update=changes)


def at(path: str) -> dict[str, object]:
    return {"xpath": f"/html[1]/body[1]/{path}"}


SAVE = button("Save", attributes={"id": "save", "class": "btn"}, form_label="New note")


def test_a_control_of_the_same_name_is_accepted_wherever_it_stands() -> None:
    moved = button("Save", attributes={"class": "x7"}, **at("main[1]/div[2]/button[1]"))
    choice = choose(SAVE, [button("Cancel", **at("a[1]")), moved])
    assert (choice.index, choice.accepted, choice.grounds) == (1, True, Grounds.SAME_LABEL)
    assert 'class was "btn", is "x7"' in choice.reasons


def test_a_renamed_control_is_accepted_on_its_identity() -> None:
    renamed = SAVE.model_copy(update={"name": "Save changes", "text": "Save changes"})
    choice = choose(SAVE, [renamed])
    assert (choice.accepted, choice.grounds) == (True, Grounds.RENAMED)


def test_an_unlabelled_control_is_accepted_when_the_rest_agrees() -> None:
    bare = button("", attributes={"class": "drop"})
    choice = choose(bare, [bare.model_copy(update={"attributes": {"class": "drop small"}})])
    assert (choice.accepted, choice.grounds) == (True, Grounds.UNLABELLED)


REFUSED = {
    "nothing there": [],
    "another name, no identity": [button("Save and add another")],
    "a text of the same name": [SAVE.model_copy(update={"role": "", "tag": "p", "type": ""})],
    "destructive": [SAVE.model_copy(update={"name": "Delete"})],
    "the name stands elsewhere": [
        SAVE.model_copy(update={"name": "Store"}),
        Fingerprint(tag="p", text="Save", xpath="/html[1]/body[1]/p[1]"),
    ],
    "another form": [SAVE.model_copy(update={"name": "Store", "form_label": "Search"})],
    "in a dialog": [button("Save", **at("dialog[1]/button[1]"))],
    "two of the same": [
        button("Save", **at("p[1]/button[1]")),
        button("Save", **at("p[2]/button[1]")),
    ],
}


@pytest.mark.parametrize("candidates", REFUSED.values(), ids=REFUSED.keys())
def test_the_gate_abstains_with_a_reason(candidates: list[Fingerprint]) -> None:
    choice = choose(SAVE, candidates)
    assert not choice.accepted
    assert choice.reasons[0]


def test_a_name_that_several_submit_buttons_share_is_no_identity() -> None:
    shared = button("Save", attributes={"name": "action", "value": "save"})
    other = button("Publish", attributes={"name": "action", "value": "publish"})
    assert not choose(shared, [other]).accepted
    assert "name" not in identities(button("Save", attributes={"name": "commit"}))


def test_links_to_records_of_one_kind_have_one_identity() -> None:
    one, other = (
        identities(Fingerprint(tag="a", role="link", attributes={"href": f"/books/{n}/delete"}))
        for n in (6, 7)
    )
    assert one == other


def test_the_footer_of_a_form_is_no_other_part_of_the_page() -> None:
    inside = SAVE.model_copy(update=at("div[2]/form[1]/footer[1]/button[1]"))
    assert choose(SAVE, [inside]).accepted
    below = SAVE.model_copy(update=at("footer[1]/button[1]"))
    assert choose(SAVE, [below]).reasons == (
        "the most similar element is in another part of the page",
    )
