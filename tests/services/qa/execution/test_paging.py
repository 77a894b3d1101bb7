from argus.services.qa.browser.paging import Pages, Row
from argus.services.qa.execution.paging import counting, wrong_paging

ROWS = [Row(cells=(f"Client {n}", "5.00"), leads=(f"/invoices/{n}",)) for n in range(1, 6)]
TOTAL = Row(cells=("Total", "10.00"), leads=())
SAYS = "5 invoices, page 1 of 3"


def pages(*parts: list[Row], says: str = SAYS, broken: str = "", whole: bool = True) -> Pages:
    return Pages(parts=tuple(map(tuple, parts)), labels=(says,), broken=broken, whole=whole)


HEALTHY = pages([*ROWS[:2], TOTAL], [*ROWS[2:4], TOTAL], [ROWS[4], TOTAL])


def test_pages_that_show_each_row_once_are_right_and_say_how_many_there_are() -> None:
    assert counting(HEALTHY, "invoice") == "invoices page of"
    assert wrong_paging(HEALTHY, "invoices page of") == ""


def test_a_row_that_is_lost_is_missed_in_the_number_of_rows() -> None:
    lost = pages(ROWS[:2], ROWS[2:4], [])
    assert "4 rows" in wrong_paging(lost, "invoices page of")
    assert wrong_paging(lost, "") == ""


def test_only_the_last_page_is_shorter() -> None:
    assert wrong_paging(pages(ROWS[:2], ROWS[2:3], ROWS[3:]), "") == "the pages have 2, 1, 2 rows"


def test_a_record_on_two_pages_is_told_by_where_it_leads() -> None:
    twice = pages(ROWS[:2], ROWS[1:3])
    assert wrong_paging(twice, "") == '"Client 2 5.00" is on two pages'
    unlinked = [Row(cells=("Tea",), leads=())]
    assert wrong_paging(pages(unlinked, unlinked), "") == ""


def test_nothing_is_wrong_with_what_is_not_known() -> None:
    assert wrong_paging(None, "invoices page of") == ""
    beginning = pages(ROWS[:2], ROWS[2:4], whole=False)
    assert wrong_paging(beginning, "invoices page of") == ""
    assert counting(beginning, "invoice") == ""
    assert counting(pages(ROWS, says="Since May 5"), "invoice") == ""


def test_a_page_that_is_refused_is_wrong() -> None:
    assert wrong_paging(pages(ROWS[:2], broken="/invoices?page=2 answers 500"), "") == (
        "/invoices?page=2 answers 500"
    )
