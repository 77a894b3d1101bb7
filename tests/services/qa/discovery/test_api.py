from argus.services.qa.discovery.api import ApiCatalogue, is_json
from support.exploring import Explore
from support.website import Answer, Asked, WebSite

APP = "http://127.0.0.1:1"
JSON = {"Content-Type": "application/json"}


def test_calls_of_one_operation_are_one_entry_whatever_record_they_are_about() -> None:
    catalogue = ApiCatalogue(APP)
    catalogue.add("GET", f"{APP}/api/books/17?page=2", 200, ..., {"id": 17})
    catalogue.add("GET", f"{APP}/api/books/18?sort=title", 404, ..., {"detail": "gone"})
    catalogue.add("POST", f"{APP}/api/books", 201, {"title": "Emma"}, ...)
    create, read = catalogue.operations
    assert (read.method, read.template, read.example) == ("GET", "/api/books/{id}", "/api/books/17")
    assert (read.calls, read.statuses, read.query) == (2, (200, 404), ("page", "sort"))
    assert read.responses[200]["properties"] == {"id": {"type": "integer"}}
    assert create.request is not None
    assert create.request["required"] == ["title"]


def test_a_description_adds_what_was_not_seen_and_marks_what_was() -> None:
    catalogue = ApiCatalogue(APP)
    catalogue.add("GET", f"{APP}/api/books/17", 200, ..., {})
    catalogue.add("GET", f"{APP}/api/hidden", 200, ..., {})
    catalogue.document(
        {
            "openapi": "3.1.0",
            "servers": [{"url": "/api"}],
            "paths": {"/books/{book_id}": {"get": {}, "delete": {}, "parameters": []}},
        }
    )
    assert [
        (each.method, each.template, each.documented, each.calls) for each in catalogue.operations
    ] == [
        ("DELETE", "/api/books/{id}", True, 0),
        ("GET", "/api/books/{id}", True, 1),
        ("GET", "/api/hidden", False, 1),
    ]


def test_json_has_many_media_types() -> None:
    assert is_json("application/json; charset=utf-8")
    assert is_json("application/problem+json")
    assert not is_json("text/html")
    assert not is_json("application/jsonp")


async def test_what_the_pages_ask_for_is_catalogued_and_nothing_of_its_values_is_kept(
    explore: Explore, site: WebSite
) -> None:
    def books(asked: Asked) -> Answer:
        return Answer('[{"id": 1, "title": "Secret plan"}]', headers=JSON)

    site.pages |= {
        "/": """<h1>Books</h1><ul id=u></ul><script>
            fetch('/api/books').then(r => r.json()).then(all => u.textContent = all.length);
            fetch('/plain').then(r => r.text())</script>""",
        "/api/books": books,
        "/plain": "text",
        "/openapi.json": Answer(
            '{"openapi": "3.1.0", "paths": {"/api/authors": {"get": {}}}}', headers=JSON
        ),
    }
    found = await explore()
    authors, listed = found.api
    assert (authors.template, authors.documented, authors.calls) == ("/api/authors", True, 0)
    assert (listed.template, listed.documented, listed.calls) == ("/api/books", False, 1)
    assert listed.responses[200]["items"]["required"] == ["id", "title"]
    assert "Secret" not in found.model_dump_json()
