"""Relations between the numbers that one page shows: totals, counts, products of columns.

They hold whatever the data are, so that a test can expect them without knowing any. Where a page
has nothing to compare (an empty cart, the first part of a long list), nothing is wrong with it.
"""

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal, InvalidOperation
from itertools import combinations

from argus.services.qa.browser.figures import Figures, List

_NUMBER = re.compile("[-+\N{MINUS SIGN}]?\\d[\\d.,'\u2019\u00a0\u202f]*")
_PLAIN = re.compile(r"[-+]?\d+(\.\d+)?")
_TOTAL = re.compile(
    r"\b((sub|grand )?total|sum|overall|altogether|amount due|balance|gesamt|summe|totale|suma"
    r"|totaal)\b"
)
_PRODUCT = re.compile(r"\b(amount|(sub|line )?total|sum|cost|value|price|betrag|summe|importe)\b")
_TRIVIAL = {Decimal(0), Decimal(1)}

_Column = list[Decimal | None]


def totals(figures: Figures) -> list[str]:
    """Labels of totals of what is shown, each the sum of two numbers or more."""
    return [label for label in _labels(figures) if _TOTAL.search(label) and _proven(figures, label)]


def counts(figures: Figures) -> dict[str, int]:
    """Labels of numbers that are how many rows a list has, with that number."""
    return {
        label: int(said)
        for label, said in _labels(figures).items()
        if said is not None and any(said == len(data_rows(each)) for each in figures.lists)
    }


def products(figures: Figures) -> list[str]:
    """Heads of columns that are the product of two others, in some row of more than 0 and 1."""
    return [
        head
        for each in figures.lists
        for at, head in enumerate(each.heads)
        if _PRODUCT.search(head.lower())
        and any(
            any(not {a, b} & _TRIVIAL for a, b, _ in factors)
            for factors in _factors(each, at)
            if _multiply(factors)
        )
    ]


def wrong_total(figures: Figures, label: str) -> str:
    """What is wrong with the label's number as a total of what is shown, or empty."""
    if label not in _labels(figures):
        return ""
    compared = list(_sums(figures, label))
    if not compared or any(_is_sum(said, column) for said, column in compared):
        return ""
    said, column = compared[0]
    return f'"{label}" is {said}, and what it should add up is {sum(filter(None, column))}'


def wrong_count(figures: Figures, label: str) -> str:
    """What is wrong with the number of rows that the label tells, or empty."""
    said = _labels(figures).get(label)
    if figures.partial or said is None or not figures.lists or label in counts(figures):
        return ""
    found = ", ".join(str(len(data_rows(each))) for each in figures.lists)
    return f'"{label}" is {said}, and there are {found} rows'


def wrong_product(figures: Figures, head: str) -> str:
    """What is wrong with the column of that head as a product of two others, or empty."""
    for each in figures.lists:
        if head not in each.heads:
            continue
        pairs = list(_factors(each, each.heads.index(head)))
        if pairs and not any(map(_multiply, pairs)):
            return f'"{head}" is not the product of two other columns in each row'
    return ""


def number(text: str) -> Decimal | None:
    """The only number of a text; None if there is none, or more than one.

    Of `.` and `,` the last is the decimal sign, unless it groups by thousands.
    """
    found = _NUMBER.findall(text)
    if len(found) != 1:
        return None
    digits = re.sub("['\u2019\u00a0\u202f]", "", found[0].replace("\N{MINUS SIGN}", "-"))
    digits = digits.rstrip(".,")
    last = max(digits.rfind("."), digits.rfind(","))
    if last >= 0:
        sign = digits[last]
        whole, fraction = re.sub("[.,]", "", digits[:last]), digits[last + 1 :]
        groups = re.split("[.,]", digits)[1:]
        grouped = digits.count(sign) > 1 or (sign == "," and len(fraction) == 3)
        if digits.count(sign) > 1 and any(len(group) != 3 for group in groups):
            return None  # a version, an address
        digits = f"{whole}{'' if grouped else '.'}{fraction}"
    try:
        return Decimal(digits)
    except InvalidOperation:
        return None


def numbers(text: str) -> list[Decimal]:
    """The numbers of a text, as far as they are understood."""
    return [n for each in _NUMBER.findall(text) if (n := number(each)) is not None]


def same_value(one: str, other: str) -> bool:
    """Whether two fields hold the same: the same text, or nothing but the same number."""
    plain = [_PLAIN.fullmatch(text.strip()) for text in (one, other)]
    return one == other or (all(plain) and Decimal(one.strip()) == Decimal(other.strip()))


def words(text: str) -> str:
    """A label without its number, currency and punctuation."""
    return " ".join(re.sub(r"[^\w\s]|[\d_]", " ", _NUMBER.sub(" ", text)).lower().split())


def _labels(figures: Figures) -> dict[str, Decimal | None]:
    """Labels that stand once on the page; None for a row of totals, which has a number a column."""
    found: dict[str, list[Decimal | None]] = {}
    for text in figures.labels:
        if (said := number(text)) is not None:
            found.setdefault(words(text), []).append(said)
    for each in figures.lists:
        for row in each.rows:
            if label := _total_label(row):
                found.setdefault(label, []).append(None)
    return {label: said[0] for label, said in found.items() if label and len(said) == 1}


def _sums(figures: Figures, label: str) -> Iterator[tuple[Decimal, _Column]]:
    """What the label says, with each column that it may be the sum of."""
    said = _labels(figures)[label]
    for each in figures.lists:
        rows = data_rows(each)
        if said is not None:
            columns = [_column(rows, at) for at in range(max(map(len, rows), default=0))]
            yield from ((said, column) for column in columns if any(n is not None for n in column))
        for row in each.rows:
            if said is None and _total_label(row) == label:
                for at, cell in enumerate(reversed(row)):
                    total = number(cell)
                    column = _column(rows, at)
                    if total is not None and any(n is not None for n in column):
                        yield total, column


def _proven(figures: Figures, label: str) -> bool:
    return any(
        _is_sum(said, column) and sum(bool(n) for n in column) > 1
        for said, column in _sums(figures, label)
    )


def _is_sum(said: Decimal, column: _Column) -> bool:
    """Whether the numbers add up, but for the rounding of each."""
    numbers = [n for n in column if n is not None]
    return abs(sum(numbers) - said) <= _rounding(said) * len(numbers)


def _factors(table: List, at: int) -> Iterator[list[tuple[Decimal, Decimal, Decimal]]]:
    """For each two other columns, their numbers and those of column `at`, row by row."""
    rows = [
        [number(cell) for cell in row] for row in data_rows(table) if len(row) == len(table.heads)
    ]
    others = [n for n in range(len(table.heads)) if n != at]
    for one, other in combinations(others, 2):
        numbers = [
            (row[one], row[other], row[at])
            for row in rows
            if None not in (row[one], row[other], row[at])
        ]
        if numbers:
            yield [
                (a, b, c)
                for a, b, c in numbers
                if a is not None and b is not None and c is not None
            ]


def _multiply(factors: Sequence[tuple[Decimal, Decimal, Decimal]]) -> bool:
    return all(abs(a * b - product) <= _rounding(product) for a, b, product in factors)


def _rounding(said: Decimal) -> Decimal:
    exponent = said.as_tuple().exponent
    return Decimal(5).scaleb(exponent - 1) if isinstance(exponent, int) and exponent else Decimal(0)


def data_rows(table: List) -> list[tuple[str, ...]]:
    """The rows but for those of totals."""
    return [row for row in table.rows if not _total_label(row)]


def is_total(row: Sequence[str]) -> bool:
    """Whether the row is one of totals."""
    return bool(_total_label(row))


def _column(rows: Sequence[tuple[str, ...]], at: int) -> _Column:
    """Numbers of the column, counted from the last, since first cells may span several."""
    return [number(row[-1 - at]) for row in rows if len(row) > at]


def _total_label(row: Sequence[str]) -> str:
    first = next((words(cell) for cell in row if cell), "")
    return first if first and _TOTAL.fullmatch(first) else ""
