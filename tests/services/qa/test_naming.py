import pytest

from argus.services.qa.ir import Flow, Test
from argus.services.qa.naming import (
    a,
    identifier,
    noun,
    singular,
    stable_id,
    told_apart,
)


@pytest.mark.parametrize(
    ("heading", "template", "page", "expected"),
    [
        ("Add book", "/admin/library/book/", "Select book to change", "book"),
        ("Create a new purchase order", "/orders/", "", "purchase order"),
        ("Add Component:", "/admin/ticket/components", "Manage Components", "component"),
        ("", "/admin/library/book/", "Select book to change", "book"),
        ("", "/people/{id}/edit", "", "people"),
        ("", "/categories", "", "category"),
        ("", "/order-lines/:slug", "", "order line"),
        ("", "/", "todos", "todo"),
        ("", "/#/", "todos", "todo"),
        ("", "/", "Welcome to the greatest application", "record"),
        ("", "/index.html", "todos", "todo"),
        ("", "/author/content/?page", "", "author"),
        ("", "/books/import/", "", "book"),
    ],
)
def test_a_record_is_called_what_the_application_calls_it(
    heading: str, template: str, page: str, expected: str
) -> None:
    assert noun(heading, template, page) == expected


@pytest.mark.parametrize(
    ("plural", "expected"),
    [
        ("books", "book"),
        ("boxes", "box"),
        ("categories", "category"),
        ("classes", "class"),
        ("bus", "bus"),
        ("status", "status"),
        ("news", "news"),
        ("address", "address"),
        ("notes", "note"),
    ],
)
def test_regular_plurals_are_undone(plural: str, expected: str) -> None:
    assert singular(plural) == expected


@pytest.mark.parametrize(
    ("thing", "expected"),
    [("book", "a book"), ("author", "an author"), ("user", "a user"), ("umbrella", "an umbrella")],
)
def test_the_article_fits(thing: str, expected: str) -> None:
    assert a(thing) == expected


def test_ids_depend_on_what_is_tested_only() -> None:
    first = stable_id("Create a book", "/book/", "create")
    assert first == stable_id("Create a book", "/book/", "create")
    assert first.startswith("create-a-book-")
    assert first != stable_id("Create a book", "/shop/book/", "create")
    assert first != stable_id("Make a book", "/book/", "create")


def test_tests_of_one_name_are_told_apart_by_their_address() -> None:
    names = [
        ('Open "Books"', "/books/"),
        ('Open "Books"', "/books/add/"),
        ("Read a book", "/books/"),
    ]
    tests = [
        Test(id=entity + name, name=name, flow=Flow.READ, entity=entity, steps=())
        for name, entity in names
    ]
    told = told_apart(tests)
    assert [each.name for each in told] == [
        'Open "Books" at /books/',
        'Open "Books" at /books/add/',
        "Read a book",
    ]
    assert [each.id for each in told] == [each.id for each in tests]


def test_variable_names_are_identifiers_and_do_not_clash() -> None:
    assert identifier("Published on:") == "published_on"
    assert identifier("") == "value"
    assert identifier("2nd line") == "field_2nd_line"
    assert identifier("Title", frozenset({"title"})) == "title_2"
