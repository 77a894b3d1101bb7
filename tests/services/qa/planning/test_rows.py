from typing import Any

from argus.services.qa.browser.elements import Element
from argus.services.qa.ir import Action
from argus.services.qa.planning.rows import (
    appeared,
    controls_of,
    nearest,
    outside_rows,
    same_field,
    same_form,
    ways_to_change,
    ways_to_delete,
    ways_to_open,
)
from argus.services.qa.target import Fingerprint


def element(text: str, tag: str = "a", row: str = "", **changes: Any) -> Element:
    attributes = {"href": "/x/1/"} if tag == "a" else {}
    attributes.update(changes.pop("attributes", {}))
    role = {"a": "link", "button": "button"}.get(tag, "")
    xpath = changes.pop("xpath", f"/html/body/{tag}[{text}]")
    return Element(
        ref=0,
        fingerprint=Fingerprint(
            tag=tag, role=role, name=text, text=text, attributes=attributes, xpath=xpath
        ),
        visible=True,
        interactive=True,
        enabled=True,
        editable=tag == "input",
        pointer=changes.get("pointer", False),
        in_viewport=True,
        value="",
        checked=False,
        options=(),
        row_text=row,
    )


def test_a_record_is_opened_by_its_own_link_then_by_edit_then_by_a_double_click() -> None:
    mine = "Dune abc Lem Edit Delete"
    elements = [
        element("Solaris", row="Solaris Lem Edit Delete"),
        element("Edit", row="Solaris Lem Edit Delete"),
        element("Lem", row=mine),
        element("Edit", tag="button", row=mine),
        element("Delete", tag="button", row=mine),
        element("Dune abc", row=mine),
        element("Dune abc", tag="label", row=mine),
    ]
    ways = ways_to_open(elements, "Dune abc")
    assert [(e.fingerprint.text, e.fingerprint.tag, action) for e, action in ways] == [
        ("Dune abc", "a", Action.CLICK),
        ("Edit", "button", Action.CLICK),
        ("Lem", "a", Action.CLICK),
        ("Dune abc", "label", Action.DOUBLE_CLICK),
    ]


def test_only_controls_of_the_record_itself_delete_it() -> None:
    others = element("Delete", row="Solaris Delete")
    mine = element("Delete", row="Dune abc Delete")
    page = element("Delete")
    assert ways_to_delete([others, mine, page], "Dune abc") == [mine, page]


def test_a_question_is_what_was_not_there_before() -> None:
    delete = element("Delete", tag="button")
    no, yes = element("No, take me back"), element("Yes, I’m sure", tag="button")
    assert appeared([delete, no, yes], [delete]) == [no, yes]
    assert appeared([delete], [delete, no]) == []


def test_the_buttons_of_a_form_are_those_inside_it() -> None:
    field = element("Title", tag="input", xpath="/html/body/form[2]/div/input")
    save = element("Save", tag="button", xpath="/html/body/form[2]/button")
    go = element("Go", tag="button", xpath="/html/body/form[1]/button")
    lone = element("Todo", tag="input", xpath="/html/body/input")
    assert same_form(field, [go, save]) == [save]
    assert same_form(lone, [go, save]) == []


def test_a_field_is_recognised_by_its_name_else_by_its_label() -> None:
    title = Fingerprint(tag="input", name="Title", attributes={"name": "title"})
    relabelled = title.model_copy(update={"name": "Book title"})
    nameless = Fingerprint(tag="input", name="Title")
    assert same_field(title, relabelled)
    assert not same_field(title, nameless)
    assert same_field(nameless, Fingerprint(tag="textarea", name="Title"))
    assert not same_field(Fingerprint(tag="input"), Fingerprint(tag="input"))


def test_a_link_to_another_record_is_part_of_a_rows_data() -> None:
    mine = "Dune abc Lem Edit Delete"
    own, author, edit, delete, help_ = (
        element("Dune abc", row=mine, attributes={"href": "/books/7/"}),
        element("Lem", row=mine, attributes={"href": "/authors/3/"}),
        element("Edit", row=mine, attributes={"href": "/books/7/edit"}),
        element("Delete", tag="button", row=mine),
        element("Prices", row=mine, attributes={"href": "/prices"}),
    )
    assert controls_of([own, author, edit, delete, help_], "Dune abc") == [own, edit, delete, help_]


def test_what_rows_hold_is_not_of_the_page_but_entries_of_a_menu_are() -> None:
    menu, add, other = element("All", row="All"), element("Add"), element("Lem", row="Dune Lem")
    assert outside_rows([menu, add, other]) == [menu, add]


def test_a_text_is_clicked_where_the_pointer_says_so() -> None:
    cell = element("Dune abc", tag="td", row="Dune abc Lem", pointer=True)
    assert ways_to_open([cell], "Dune abc") == [(cell, Action.CLICK)]


def test_the_form_of_a_record_with_a_page_is_looked_for_behind_edit_and_its_text() -> None:
    mine = "Dune abc Edit Delete"
    elements = [
        element("Dune abc", row=mine),
        element("Edit", tag="button", row=mine),
        element("Delete", tag="button", row=mine),
        element("Dune abc", tag="span", row=mine),
    ]
    ways = [(e.fingerprint.tag, action) for e, action in ways_to_change(elements, "Dune abc")]
    assert ways == [("button", Action.CLICK), ("span", Action.DOUBLE_CLICK)]


def test_a_field_without_a_form_is_saved_by_the_control_that_stands_nearest() -> None:
    field = element("Title", tag="input", xpath="/html/body/div[2]/div[1]/input[1]")
    add = element("Add", tag="button", xpath="/html/body/div[1]/button[1]")
    save = element("Save", tag="button", xpath="/html/body/div[2]/div[2]/button[1]")
    assert nearest(field, [add, save]) == [save]
    assert nearest(field, []) == []
