from typing import Any

from argus.services.qa.browser.figures import Figures, List
from argus.services.qa.discovery.site import FieldKind, Page
from argus.services.qa.expectation import ShownAddsUp, TotalAddsUp
from argus.services.qa.planning.touring import ADDS_UP, record_pages, search_form, sums

CART = List(heads=("Product", "Amount"), rows=(("Tea", "4.25"), ("Soap", "2"), ("Total", "6.25")))


def page(url: str, template: str, status: int = 200) -> Page:
    return Page(url=url, url_template=template, title="", status=status)


def test_a_total_is_that_of_what_is_shown_where_the_list_was_seen_to_go_on() -> None:
    seen = {
        partial: sums(Figures(lists=(CART,), labels=(), links=(), partial=partial))
        for partial in (False, True)
    }
    assert seen == {
        False: (TotalAddsUp(label="total", oracle=ADDS_UP),),
        True: (ShownAddsUp(label="total", oracle=ADDS_UP),),
    }


def test_of_each_kind_of_record_the_page_that_was_seen_first_is_looked_at() -> None:
    pages = [
        page("/orders/3", "/orders/{id}"),
        page("/orders/4", "/orders/{id}"),
        page("/orders/3/print", "/orders/{id}/print", 404),
        page("/orders", "/orders"),
        page("/users/1", "/users/{id}"),
    ]
    assert [each.url for each in record_pages(pages, 5)] == ["/users/1", "/orders/3"]
    assert [each.url for each in record_pages(pages, 1)] == ["/users/1"]


def test_a_list_is_searched_by_the_one_text_of_a_form_that_narrows_it_down(build: Any) -> None:
    kind = build.field("Kind", FieldKind.SELECT, options=("Old", "New"))
    narrowing = build.form(kind, build.field("Name"), method="GET", url="/books?page=2")
    found = search_form([narrowing], "/books")
    assert found is not None
    assert [field.label for field in found.fields] == ["Name"]


def test_what_may_change_something_or_has_no_text_or_several_searches_nothing(build: Any) -> None:
    kind = build.field("Kind", FieldKind.SELECT, options=("Old", "New"))
    forms = [
        build.form(build.field("Name"), url="/books"),
        build.form(kind, method="GET", url="/books"),
        build.form(build.field("From"), build.field("Until"), method="GET", url="/books"),
        build.form(build.field("Name"), method="GET", url="/authors"),
    ]
    assert search_form(forms, "/books") is None
