from typing import Any

import pytest

from argus.services.qa.discovery.site import FieldKind
from argus.services.qa.leads import Lead, Leads
from argus.services.qa.planning.forms import create_forms, submit_of, why_not_create


def test_a_form_with_empty_texts_and_a_save_button_makes_records(build: Any) -> None:
    form = build.form(build.field("Title"), submits=("Save and add another", "Save"))
    assert why_not_create(form, "admin") == ""
    assert submit_of(form) == 1


def test_a_lone_input_that_acts_on_enter_makes_records(build: Any) -> None:
    assert why_not_create(build.form(build.field("Todo"), submits=(), implicit=True), "") == ""


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"search": True}, "looks things up"),
        ({"method": "GET"}, "looks things up"),
        ({"url_template": "/books/{id}/change/"}, "existing record"),
        ({"action_template": "/books/{id}/comments/"}, "existing record"),
        ({"name": "Change password"}, "account"),
        ({"name": "Preferences"}, "account"),
        ({"url_template": "/control/settings/"}, "account"),
        ({"url_template": "/accounts/sign-up/"}, "account"),
        ({"submits": ()}, ""),
    ],
)
def test_forms_that_do_something_else_are_left_alone(
    build: Any, changes: dict[str, Any], reason: str
) -> None:
    why = why_not_create(build.form(build.field("Title")).model_copy(update=changes), "admin")
    assert reason in why
    assert bool(why) is bool(reason)


def test_filled_forms_and_those_of_the_account_in_use_are_left_alone(build: Any) -> None:
    filled = build.form(build.field("Title", value="Solaris"))
    account = build.form(build.field("Login", FieldKind.TEXT, value="admin"), build.field("City"))
    assert why_not_create(filled, "admin") == "it edits what exists"
    assert why_not_create(account, "admin") == "it edits the account in use"


def test_a_form_for_something_new_may_come_with_some_of_its_fields_filled(build: Any) -> None:
    fields = build.field("Summary"), build.field("Reporter", value="anonymous")
    ticket = build.form(*fields, name="Properties", submits=("Preview", "Create ticket"))
    assert why_not_create(ticket, "") == ""
    profile = build.form(*fields, name="Profile", submits=("Save",))
    assert why_not_create(profile, "") == "it edits what exists"
    copied = build.form(fields[1], name="New ticket")
    assert why_not_create(copied, "") == "it edits what exists"
    assert why_not_create(build.form(build.field("Old", FieldKind.PASSWORD)), "") != ""
    assert why_not_create(build.form(build.field("Title"), submits=("Log out",)), "") != ""


def test_simple_forms_come_first_and_each_kind_of_record_once(build: Any) -> None:
    author = build.form(build.field("Name"), url="/authors/add/")
    choice = build.field("Author", FieldKind.SELECT, required=True, options=("Lem",))
    book = build.form(build.field("Title"), choice, url="/books/add/")
    popup = build.form(
        build.field("Name"), url="/authors/add/?_popup", action_template="/authors/add/?_popup"
    )
    assert create_forms([popup, book, author], "") == [author, book]


def test_a_lone_field_that_many_pages_have_is_tried_once(build: Any) -> None:
    pages = [
        build.form(build.field("Table"), submits=(), implicit=True, url=url, action_template=url)
        for url in ("/", "/query/")
    ]
    assert create_forms(pages, "") == pages[:1]


def test_forms_of_important_code_come_before_simple_ones(build: Any) -> None:
    note = build.form(build.field("Text"), url="/notes/add/")
    role = build.form(build.field("Name"), build.field("Scope"), url="/roles/add/")
    leads = Leads(leads=(Lead(path="/roles/add/", priority=0.5, churn=0, page=True),))
    assert create_forms([note, role], "") == [note, role]
    assert create_forms([note, role], "", leads) == [role, note]
