import pytest

from argus.services.qa.urls import (
    absolute_url,
    is_excluded,
    of_same_record,
    path_template,
    relative_url,
    same_application,
    url_template,
)


@pytest.mark.parametrize(
    ("url", "template"),
    [
        ("http://h/orders/17/edit", "/orders/{id}/edit"),
        ("http://h/orders/17/", "/orders/{id}/"),
        ("http://h", "/"),
        ("/u/0b8c6f0e-0d9c-4d1e-9d5a-2f6f5a1b2c3d", "/u/{id}"),
        ("/c/9fceb02d0ae598e95dc970b74767f193", "/c/{id}"),
        ("/k/01J9ZK3Y7M8Q", "/k/{id}"),
        ("/day/2026-11-22", "/day/{id}"),
        ("/2026/11/22/", "/{id}/{id}/{id}/"),
        ("/by/ada%40example.com", "/by/{id}"),
        ("/posts/12-things-to-know", "/posts/{id}"),
        ("/posts/how-to-test-everything", "/posts/{id}"),
        ("/img/42.png", "/img/{id}.png"),
        ("/about-us", "/about-us"),
        ("/terms-of-service", "/terms-of-service"),
        ("/api/v1/items", "/api/v1/items"),
        ("/oauth2/authorize", "/oauth2/authorize"),
        ("/s?b=2&a=1&b=3", "/s?a&b"),
        ("/s?empty=", "/s?empty"),
        ("/#/item/9", "/#/item/{id}"),
        ("/#!/item/9?tab=1", "/#!/item/{id}"),
        ("/page#section", "/page"),
        ("/page#/", "/page"),
        ("/#!/", "/"),
    ],
)
def test_a_template_folds_what_names_a_record_and_keeps_what_names_a_page(
    url: str, template: str
) -> None:
    assert url_template(url) == template


def test_the_path_template_leaves_the_query_out() -> None:
    assert path_template("http://h/s/1?a=1#/r") == "/s/{id}#/r"


@pytest.mark.parametrize(
    ("url", "same"),
    [
        ("http://h:80/x", True),
        ("https://h/x", True),
        ("http://h:8080/x", False),
        ("http://h.evil.example/x", False),
        ("http://h@evil.example/x", False),
        ("//h/x", False),
        ("javascript:alert(1)", False),
        ("http://h:99999999/", False),
    ],
)
def test_an_application_is_one_host_and_port_by_http_or_https(url: str, same: bool) -> None:
    assert same_application(url, "http://h/app/") is same


@pytest.mark.parametrize(
    ("link", "page", "same"),
    [
        ("/shop/17/sizes", "http://app/shop/17/edit", True),
        ("sizes?all=1", "http://app/shop/17/", True),
        ("/shop/18/sizes", "http://app/shop/17/edit", False),
        ("/makers/17/", "http://app/shop/17/edit", False),
        ("/shop/", "http://app/shop/17/edit", False),
        ("#", "http://app/shop/17/edit", False),
        ("/shop/new", "http://app/shop/", False),
        ("", "http://app/shop/", False),
    ],
)
def test_a_link_is_of_the_same_record_where_it_leads_to_another_page_below_it(
    link: str, page: str, same: bool
) -> None:
    assert of_same_record(link, page) is same


def test_paths_are_kept_and_opened_from_the_root_of_the_origin() -> None:
    assert relative_url("http://h:8/a/b?c=1#/d") == "/a/b?c=1#/d"
    assert relative_url("http://h") == "/"
    for url in ("http://h//evil.example/a", "http://h////evil.example/a"):
        assert absolute_url(relative_url(url), "http://h") == "http://h/evil.example/a"
    assert absolute_url("/a", "http://h:8/app/") == "http://h:8/a"
    assert absolute_url("http://h:8/a", "http://h:8/app/") == "http://h:8/a"


@pytest.mark.parametrize(
    ("url", "excluded"),
    [
        ("http://127.0.0.1/admin/", True),
        ("/admin/users/7?page=2", True),
        ("/%61dmin/users", True),
        ("/admin", False),
        ("/shop/admin/", False),
        ("/shop/export.csv#top", True),
        ("/", False),
    ],
)
def test_a_path_is_excluded_where_a_pattern_fits_all_of_it(url: str, excluded: bool) -> None:
    assert is_excluded(url, ["/admin/*", "*.csv"]) is excluded
