import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argus.services.auth.api_key_format import (
    find_keys,
    generate,
    hint,
    is_well_formed,
    looks_like_key,
    may_be_imported,
)

PREFIXES = ("argus_sk_", "agx_")


@pytest.mark.parametrize("prefix", PREFIXES)
def test_a_new_key_is_a_prefix_and_32_base62_characters_with_a_right_checksum(prefix: str) -> None:
    key = generate(prefix)
    body = key.removeprefix(prefix)
    assert len(body) == 32
    assert set(body) <= set(string.ascii_letters + string.digits)
    assert is_well_formed(key, PREFIXES)
    assert generate(prefix) != key


KEY = generate("argus_sk_")


@given(st.integers(9, len(KEY) - 1), st.sampled_from(string.ascii_letters + string.digits))
def test_any_single_mistyped_character_is_noticed(at: int, character: str) -> None:
    mistyped = KEY[:at] + character + KEY[at + 1 :]
    assert is_well_formed(mistyped, PREFIXES) == (mistyped == KEY)


@pytest.mark.parametrize("junk", ["", "argus_sk_", "agx_" + "0" * 31, "sk_live_" + "0" * 32])
def test_junk_is_no_key(junk: str) -> None:
    assert not is_well_formed(junk, PREFIXES)


def test_what_begins_like_a_key_is_meant_as_one() -> None:
    assert looks_like_key("agx_whatever", PREFIXES)
    assert not looks_like_key("eyJhbGciOiJSUzI1NiJ9.e30.c2ln", PREFIXES)


def test_the_hint_is_the_prefix_and_four_characters() -> None:
    assert hint("argus_sk_0aB1cD2eF3gH4iJ5kL6mN7oP8qXXXXXX") == "argus_sk_0aB1"


def test_keys_are_found_in_a_text_once_and_junk_is_not() -> None:
    other, imported = generate("argus_pat_"), "agx_0123456789abcdef"
    mistyped = KEY[:-1] + ("a" if KEY[-1] != "a" else "b")
    text = f"KEY={KEY};\n'{other}', {KEY} my_{KEY} {mistyped} {imported} agx_short"
    assert list(find_keys(text, ("argus_sk_", "argus_pat_"), ("agx_",))) == [KEY, other, imported]
    assert list(find_keys(text, ("argus_pat_",), ())) == [other]


def test_an_imported_key_needs_a_known_prefix_and_is_short_enough_for_bcrypt() -> None:
    assert may_be_imported("agx_" + "x" * 32, ("agx_",))
    for text in ("agx_" + "x" * 65, "agx_" + "x" * 15, "argus_sk_" + "x" * 32, "agx_" + "x " * 16):
        assert not may_be_imported(text, ("agx_",))
