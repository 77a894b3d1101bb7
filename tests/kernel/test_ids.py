"""Identifiers read back what they wrote, and nothing else."""

from typing import Annotated
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from argus.kernel.ids import MalformedId, format_id, new_id, parse_id, public_id

PREFIXES = st.from_regex(r"[a-z]{2,5}", fullmatch=True)


@given(PREFIXES, st.uuids())
def test_the_public_form_reads_back(prefix: str, value: UUID) -> None:
    text = format_id(prefix, value)
    assert parse_id(prefix, text) == value
    assert len(text) == len(prefix) + 27


@given(st.uuids(), st.uuids())
def test_the_public_form_sorts_as_the_ids_do(one: UUID, two: UUID) -> None:
    assert (one < two) == (format_id("key", one) < format_id("key", two))


@given(st.text(max_size=40))
def test_whatever_is_read_is_the_public_form_of_something(text: str) -> None:
    try:
        value = parse_id("key", text)
    except MalformedId:
        return
    assert format_id("key", value) == text


GOOD = format_id("key", UUID("01936d5e-0000-7000-8000-000000000000"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "key",
        "key_",
        GOOD[4:],
        GOOD.replace("key", "org"),
        GOOD.upper(),
        GOOD + "0",
        GOOD[:-1],
        GOOD[:-1] + "u",
        "key_8" + GOOD[5:],
        "key_" + GOOD,
        " " + GOOD,
        GOOD + "\n",
        "01936d5e-0000-7000-8000-000000000000",
    ],
)
def test_what_is_not_an_identifier_is_refused(text: str) -> None:
    with pytest.raises(MalformedId):
        parse_id("key", text)


def test_new_ids_grow_and_are_of_version_7() -> None:
    ids = [new_id() for _ in range(1000)]
    assert ids == sorted(set(ids))
    assert {value.version for value in ids} == {7}


def test_json_has_the_public_form_and_python_the_uuid() -> None:
    key_id = TypeAdapter(Annotated[UUID, public_id("key")])
    value = key_id.validate_python(GOOD)
    assert value == parse_id("key", GOOD)
    assert key_id.dump_json(value) == f'"{GOOD}"'.encode()
    assert key_id.json_schema()["examples"] == [GOOD]
    for wrong in (GOOD.replace("key", "org"), 7, None):
        with pytest.raises(ValidationError):
            key_id.validate_python(wrong)
