"""Where a description is looked for, without anybody being asked."""

from typing import Any

from argus.services.qa.discovery.description import looking, named_in, without_excluded

DESCRIPTION = {"openapi": "3.1.0", "paths": {}}


def looked(entrance: str, named: list[str], there: dict[str, Any]) -> tuple[list[str], str]:
    """The addresses that are asked for, and the one where the description was found."""
    asked: list[str] = []
    search = looking(entrance, named)
    try:
        asked.append(next(search))
        while True:
            asked.append(search.send(there.get(asked[-1], ...)))
    except StopIteration as end:
        return asked, end.value.address if end.value else ""


def test_a_description_is_found_below_the_folder_that_the_entrance_is_in() -> None:
    asked, found = looked("http://app:8080/v1/", [], {"/v1/__api__": DESCRIPTION})
    assert found == "/v1/__api__"
    assert "/v1/openapi.json" in asked
    assert "/openapi.json" not in asked, "the nearest folder comes first"


def test_a_page_in_a_folder_leads_to_the_description_of_the_whole_host() -> None:
    _, found = looked("http://app/shop/items/list?x=1", [], {"/openapi.json": DESCRIPTION})
    assert found == "/openapi.json"


def test_of_many_folders_only_the_nearest_are_looked_at() -> None:
    asked, _ = looked("http://app/a/b/c/d/e/", [], {})
    assert {"/a/b/c/d/e/openapi.json", "/a/b/c/d/openapi.json", "/openapi.json"} <= {*asked}
    assert "/a/b/c/openapi.json" not in asked


def test_what_the_application_names_comes_first_and_other_hosts_are_not_asked() -> None:
    named = ["http://elsewhere/openapi.json", "../described", "http://app/spec"]
    asked, found = looked("http://app/v1/x/", named, {"/spec": DESCRIPTION})
    assert (asked, found) == (["/v1/described", "/spec"], "/spec")


def test_a_catalog_leads_to_descriptions_anywhere_on_the_host() -> None:
    catalog = {"linkset": [{"anchor": "/v2", "service-desc": [{"href": "/v2/about"}]}]}
    there = {"/.well-known/api-catalog": catalog, "/v2/about": DESCRIPTION}
    asked, found = looked("http://app/", [], there)
    assert found == "/v2/about"
    assert len(asked) == len(set(asked))


def test_documents_that_say_where_the_description_is_are_believed() -> None:
    assert named_in(
        {
            "openapi_url": "/api/spec",
            "links": [
                {"rel": "home", "href": "/"},
                {"rel": "x", "href": "http://app/swagger.json"},
            ],
            "docs": {"swagger": {"title": "My API", "url": "/described"}},
            "about": "our openapi.json is at /openapi.json, they say",
        }
    ) == ["/api/spec", "http://app/swagger.json", "/described"]


def test_addresses_that_are_none_are_passed_over() -> None:
    asked, found = looked("http://app/", ["http://[host]/spec", "/spec"], {"/spec": DESCRIPTION})
    assert (asked, found) == (["/spec"], "/spec")


def test_what_is_excluded_is_left_out_below_the_servers_own_path() -> None:
    paths = {"/users/{id}": {}, "/books": {}}
    description = {"openapi": "3.1.0", "servers": [{"url": "/api/v1"}], "paths": paths}
    assert without_excluded(description, ["/api/v1/users/*"])["paths"] == {"/books": {}}
    assert without_excluded(description, ["/users/*"])["paths"] == paths
