import pytest

from argus.services.qa.safety import is_destructive, may_click, may_follow, may_post, may_send


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("Delete", ""),
        ("Delete author", ""),
        ("Log out", ""),
        ("Sign Out", ""),
        ("Pay now", ""),
        ("Clear completed", ""),
        ("×", ""),
        ("🗑", "btn"),
        ("", "destroy"),
        ("", "icon-trash btn"),
        ("", "btnDeleteRow"),
        ("Save", ""),
        ("Send message", ""),
        ("Drop table", ""),
        ("Flush", ""),
    ],
)
def test_buttons_that_may_change_something_are_left_alone(name: str, hint: str) -> None:
    assert not may_click(name, hint)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("New note", ""),
        ("Details", ""),
        ("Menu", "btn-delete-me-not"),
        ("", "icon-menu"),
        ("Payment terms", ""),
        ("Undeleted", ""),
        ("Next", ""),
    ],
)
def test_buttons_that_only_show_something_may_be_pressed(name: str, hint: str) -> None:
    assert may_click(name, hint)


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("http://h/books/1/delete/", "Open"),
        ("http://h/logout", "Bye"),
        ("http://h/users/sign_out", "Bye"),
        ("http://h/auth/log-out?next=/", ""),
        ("http://h/x?a=1", "Sign out"),
        ("http://h/x", "Unsubscribe"),
        ("http://h/users/1/deactivateAccount", ""),
    ],
)
def test_links_that_may_change_something_are_not_followed(url: str, name: str) -> None:
    assert not may_follow(url, name, "")


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("http://h/books/add/", "Add book"),
        ("http://h/orders/1/", "Order 1"),
        ("http://h/news/", "News"),
        ("http://h/reports", "Reports"),
    ],
)
def test_ordinary_links_are_followed(url: str, name: str) -> None:
    assert may_follow(url, name, "")


def test_a_save_button_is_not_destructive_and_a_delete_button_is() -> None:
    assert not is_destructive("Save", "")
    assert is_destructive("Delete", "")
    assert is_destructive("", "deletelink")


@pytest.mark.parametrize(
    "told",
    [
        ("/refunds",),
        ("/v1/Charges/",),
        ("/payment-intents",),
        ("/users/{}/invitations",),
        ("/bankTransfers",),
        ("/things", "sendMessage"),
        ("/things", "create", "Subscribes someone; sends an email"),
        ("/things", "create", "Log out"),
    ],
)
def test_what_moves_money_or_writes_to_people_is_not_posted(told: tuple[str, ...]) -> None:
    assert not may_post(*told)


def test_an_api_is_asked_to_read_by_its_path_and_to_make_by_all_that_is_told_of_it() -> None:
    assert may_send("GET", "/payments")
    assert not may_send("GET", "/orders/purge")
    assert not may_send("POST", "/payments")
    assert not may_send("POST", "/things", "sendMail", "")
    assert may_send("PUT", "/things/{}")


@pytest.mark.parametrize("path", ["/notes", "/orders", "/api/addresses/", "/users/{}/posts"])
def test_ordinary_records_are_posted(path: str) -> None:
    assert may_post(path, "createIt", "Make one")
