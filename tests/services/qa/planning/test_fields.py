from typing import Any

import pytest

from argus.services.qa.discovery.site import FieldKind
from argus.services.qa.execution.values import make_values
from argus.services.qa.ir import Action, VariableKind
from argus.services.qa.planning.fields import (
    Unfillable,
    entries,
    identifying,
    invalid_values,
    lacks_options,
    variable_of,
)


@pytest.mark.parametrize(
    ("label", "kind", "css", "expected"),
    [
        ("Title", FieldKind.TEXT, "", VariableKind.TEXT),
        ("Contact", FieldKind.EMAIL, "", VariableKind.EMAIL),
        ("E-mail", FieldKind.TEXT, "", VariableKind.EMAIL),
        ("Website", FieldKind.TEXT, "", VariableKind.URL),
        ("Published", FieldKind.TEXT, "vDateField", VariableKind.DATE),
        ("Starts", FieldKind.TEXT, "vTimeField", VariableKind.TIME),
        ("Price", FieldKind.TEXT, "", VariableKind.NUMBER),
        ("Priceless memories", FieldKind.TEXT, "", VariableKind.TEXT),
        ("Update", FieldKind.TEXT, "", VariableKind.TEXT),
        ("Date and place of birth", FieldKind.TEXTAREA, "", VariableKind.TEXT),
        ("Due", FieldKind.DATE, "", VariableKind.DATE),
        ("Pages", FieldKind.NUMBER, "", VariableKind.NUMBER),
    ],
)
def test_the_kind_of_value_follows_type_and_words(
    build: Any, label: str, kind: FieldKind, css: str, expected: VariableKind
) -> None:
    variable = variable_of(build.field(label, kind, css=css))
    assert variable is not None
    assert variable.kind is expected


def test_constraints_of_the_page_become_constraints_of_the_variable(build: Any) -> None:
    field = build.field("Pages", FieldKind.NUMBER, min="1", max="5000")
    variable = variable_of(field)
    assert variable is not None
    assert (variable.min, variable.max) == ("1", "5000")
    code = variable_of(build.field("Country", max_length=2))
    assert code is not None
    assert not code.unique  # no room for a marker
    assert len(make_values({"code": code}, 1, "n")["code"]) <= 2


def test_a_handle_gets_a_value_without_spaces(build: Any) -> None:
    variable = variable_of(build.field("User name"))
    assert variable is not None
    assert make_values({"name": variable}, 1, "n")["name"].isalpha()


def test_a_handle_is_as_long_as_its_field_allows(build: Any) -> None:
    variable = variable_of(build.field("Code", min_length=2, max_length=5))
    assert variable is not None
    assert len(make_values({"code": variable}, 1, "n")["code"]) == 5


def test_each_field_gets_an_entry_and_what_is_already_chosen_is_left_alone(build: Any) -> None:
    form = build.form(
        build.field("Title", required=True),
        build.field("Author", FieldKind.SELECT, required=True, options=("Lem", "Calvino")),
        build.field("State", FieldKind.SELECT, value="draft", options=("draft", "done")),
        build.field("Sold out", FieldKind.CHECKBOX),
        build.field("I agree", FieldKind.CHECKBOX, required=True),
        build.field("Serial", read_only=True),
        build.field("Password", FieldKind.PASSWORD),
        build.field("Repeat", FieldKind.PASSWORD),
    )
    assert [(e.field.label, e.action, e.value) for e in entries(form)] == [
        ("Title", Action.FILL, "${title}"),
        ("Author", Action.SELECT, "Lem"),
        ("I agree", Action.CHECK, ""),
        ("Password", Action.FILL, "${password}"),
        ("Repeat", Action.FILL, "${password}"),
    ]


def test_a_required_choice_without_options_cannot_be_filled(build: Any) -> None:
    form = build.form(build.field("Title"), build.field("Author", FieldKind.SELECT, required=True))
    assert lacks_options(form)
    with pytest.raises(Unfillable, match="Author"):
        entries(form)


def test_a_record_is_identified_by_required_texts_first(build: Any) -> None:
    form = build.form(
        build.field("Subtitle"), build.field("Title", required=True), build.field("E-mail")
    )
    assert [entry.name for entry in identifying(entries(form))] == ["title", "subtitle"]


@pytest.mark.parametrize(
    ("kind", "css", "changes", "expected"),
    [
        (FieldKind.EMAIL, "", {}, ("not an e-mail address",)),
        (FieldKind.TEXT, "vDateField", {}, ("not a date",)),
        (FieldKind.NUMBER, "", {"max": "5000", "min": "5"}, ("5001", "4")),
        (FieldKind.NUMBER, "", {"min": "0.01"}, ("-0.99",)),
        (FieldKind.NUMBER, "", {"min": "few"}, ("-1",)),
        (FieldKind.NUMBER, "", {}, ("-1",)),
        (FieldKind.DATE, "", {}, ()),
        (FieldKind.TEXT, "", {}, ()),
    ],
)
def test_invalid_values_are_those_that_a_person_could_enter(
    build: Any, kind: FieldKind, css: str, changes: dict[str, str], expected: tuple[str, ...]
) -> None:
    form = build.form(build.field("Thing", kind, css=css, **changes))
    assert invalid_values(entries(form)[0]) == expected


def test_what_scripts_draw_is_pressed_though_it_cannot_be_typed_into(build: Any) -> None:
    choice = build.field("Harbour", FieldKind.CHOICE, read_only=True)
    day = build.field("Sailing day", FieldKind.CALENDAR)
    made = entries(build.form(choice, build.field("Code", read_only=True), day))
    assert [(each.action, each.name) for each in made] == [
        (Action.CLICK, "harbour"),
        (Action.CLICK, "sailing_day"),
    ]


def test_dates_that_the_page_does_not_bound_follow_each_other(build: Any) -> None:
    form = build.form(
        build.field("Title"),
        build.field("From", FieldKind.DATE),
        build.field("Until", FieldKind.DATE),
        build.field("Paid", FieldKind.DATE, max="2020-01-31"),
    )
    variables = {entry.name: entry.variable for entry in entries(form) if entry.variable}
    for nonce in ("one", "two", "three"):
        made = make_values(variables, 1, nonce)
        assert made["paid"] <= "2020-01-31" < made["from"] < made["until"]
