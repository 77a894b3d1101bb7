from argus.services.qa.discovery.matrix import suspicious
from argus.services.qa.discovery.site import Access

USER, STRANGER = "ada", "nobody signed in"


def given(url: str, stranger: int, user: int = 200) -> Access:
    return Access(url=url, answers={USER: user, STRANGER: stranger})


def told(*rows: Access) -> list[tuple[str, str]]:
    return [(defect.kind, defect.url) for defect in suspicious(rows, USER)]


def test_one_address_given_among_many_refused_looks_forgotten() -> None:
    refused = [given(f"/admin/{name}", 302) for name in ("users", "orders", "stock")]
    assert told(*refused, given("/admin/export", 200)) == [("exposed_address", "/admin/export")]
    assert told(*refused[:2], given("/admin/export", 200)) == [], "two say too little"
    two = (given("/admin/export", 200), given("/admin/help", 200))
    assert told(*refused, *two) == [], "what is given twice is hardly forgotten"


def test_a_record_given_whose_list_is_refused_looks_forgotten() -> None:
    assert told(given("/api/orders", 401), given("/api/orders/17", 200)) == [
        ("exposed_record", "/api/orders/17")
    ]
    assert told(given("/api/orders", 200), given("/api/orders/17", 200)) == []


def test_what_everybody_may_see_or_the_user_may_not_is_nothing() -> None:
    assert told(*(given(path, 200) for path in ("/", "/about", "/a/b"))) == []
    assert told(given("/api/orders", 401), given("/api/orders/17", 200, user=404)) == []
    assert told(given("/", 200), *(given(f"/{name}", 302) for name in "abc")) == [], "no folder"
