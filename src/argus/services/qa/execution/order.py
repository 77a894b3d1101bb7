"""Whether a column of a list is in order, up or down, whatever the data are.

Numbers are compared as numbers and ISO dates as dates. Of other texts only the first letters are,
with upper and lower case mixed or apart: how a database orders the rest is its own affair.
"""

import re
from collections.abc import Iterator
from decimal import Decimal

from argus.services.qa.browser.figures import Figures
from argus.services.qa.execution.arithmetic import data_rows, number, words

_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2})?)?")
_TELLING = 3

_Keys = list[tuple[Decimal, str]]


def sortable(figures: Figures) -> list[str]:
    """The words of the heads above three different values or more: their order says something."""
    heads = dict.fromkeys(words(head) for each in figures.lists for head in each.heads)
    return [
        head
        for head in heads
        if head and any(len(set(keys)) >= _TELLING for keys in _orderings(column(figures, head)))
    ]


def column(figures: Figures, head: str) -> list[str]:
    """What stands below the head with those words in the first list that has one; no gaps."""
    for each in figures.lists:
        heads = [words(one) for one in each.heads]
        if head in heads:
            at = heads.index(head)
            return [row[at] for row in data_rows(each) if len(row) == len(heads) and row[at]]
    return []


def out_of_order(figures: Figures, head: str) -> str:
    """What is wrong with the order of the column, or empty."""
    cells = column(figures, head)
    orderings = list(_orderings(cells))
    if not orderings or any(keys in (sorted(keys), sorted(keys)[::-1]) for keys in orderings):
        return ""
    return f'the column "{head}" is in no order: {", ".join(cells[:5])}'


def _orderings(cells: list[str]) -> Iterator[_Keys]:
    """What the cells may be ordered by; nothing where that is not known."""
    numbers = [n for cell in cells if (n := number(cell)) is not None]
    if numbers and len(numbers) == len(cells):
        yield [(n, "") for n in numbers]
    elif all(_ISO_DATE.fullmatch(cell) for cell in cells):
        yield _texts(cells)
    elif all(cell[0].isalpha() for cell in cells):
        yield _texts([cell[0] for cell in cells])
        yield _texts([cell[0].casefold() for cell in cells])


def _texts(cells: list[str]) -> _Keys:
    return [(Decimal(0), cell) for cell in cells]
