import pytest

from argus.services.identity.addresses import EmailInvalid, address_key, parse_address


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ada@Example.com", "aDA@eXAMPLE.COM"),
        (" ada@example.com ", "ada@example.com"),
        ("ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("jose\u0301@example.com", "jos\u00e9@example.com"),
    ],
)
def test_two_spellings_of_one_mailbox_have_one_key(one: str, other: str) -> None:
    assert address_key(parse_address(one)) == address_key(parse_address(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("straße@example.com", "strasse@example.com"),
        ("mi\u017fe@example.com", "mise@example.com"),
        ("ada+a@example.com", "ada@example.com"),
    ],
)
def test_look_alikes_are_different_mailboxes(one: str, other: str) -> None:
    assert address_key(parse_address(one)) != address_key(parse_address(other))


def test_the_local_part_stays_as_its_owner_writes_it() -> None:
    assert parse_address("Ada@EXAMPLE.com") == "Ada@example.com"


@pytest.mark.parametrize("address", ["root@box.localhost", "ada@corp.local", "ada@argus.test"])
def test_addresses_of_private_networks_are_addresses(address: str) -> None:
    assert parse_address(address) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ada",
        "ada@",
        "@example.com",
        "a@b@example.com",
        "ada@example.com\nBcc: eve@example.com",
        "ada@example.com, eve@example.com",
        "Ada <ada@example.com>",
        "ada\x00@example.com",
        "a" * 400 + "@example.com",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(EmailInvalid):
        parse_address(text)
