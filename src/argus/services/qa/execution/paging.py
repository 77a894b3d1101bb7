"""Whether the pages of a long list show each row once, whatever the data are."""

from collections.abc import Iterator

from argus.services.qa.browser.paging import Pages, Row
from argus.services.qa.execution.arithmetic import is_total, numbers, words
from argus.services.qa.urls import url_template

_COUNTING = frozenset(
    {"all", "entries", "found", "items", "matches", "of", "records", "results", "rows", "total"}
)


def wrong_paging(pages: Pages | None, label: str) -> str:
    """What is wrong with the pages, or empty; `label` is that of how many rows there are, if any.

    All pages but the last are equally long, and no row that leads to a record is on two.
    """
    if pages is None:
        return ""
    if pages.broken:
        return pages.broken
    lengths = [len(rows) for rows in _parts(pages)]
    if len(set(lengths[:-1])) > 1:
        return f"the pages have {', '.join(map(str, lengths))} rows"
    known = set[Row]()
    for row in _records(pages):
        if row in known:
            return f'"{" ".join(row.cells)[:80]}" is on two pages'
        known.add(row)
    told = [text for text in pages.labels if words(text) == label]
    if label and pages.whole and told and not any(sum(lengths) in numbers(t) for t in told):
        return f'the pages have {sum(lengths)} rows, and it says "{told[0]}"'
    return ""


def counting(pages: Pages, thing: str) -> str:
    """The words of a text that says how many rows there are, of things called so; or empty."""
    total = sum(len(rows) for rows in _parts(pages))
    said = _COUNTING | {thing, f"{thing}s"}
    return next(
        (
            words(text)
            for text in pages.labels
            if pages.whole and total in numbers(text) and said & {*words(text).split()}
        ),
        "",
    )


def _parts(pages: Pages) -> list[list[Row]]:
    return [[row for row in part if not is_total(row.cells)] for part in pages.parts]


def _records(pages: Pages) -> Iterator[Row]:
    for part in _parts(pages):
        yield from (row for row in part if any("{id}" in url_template(to) for to in row.leads))
