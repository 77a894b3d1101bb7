from argus.services.qa.browser.figures import Figures, List
from argus.services.qa.discovery.site import Page
from argus.services.qa.expectation import ShownAddsUp, TotalAddsUp
from argus.services.qa.planning.touring import ADDS_UP, record_pages, sums

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
