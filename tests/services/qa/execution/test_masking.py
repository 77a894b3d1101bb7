import base64
import json

import pytest

from argus.services.qa.execution.masking import MASKED, Mask

SECRET = 'p&ss "wörd"+1'


@pytest.mark.parametrize(
    "written",
    [
        SECRET,
        json.dumps(SECRET)[1:-1],
        "p%26ss+%22w%C3%B6rd%22%2B1",
        "p%26ss%20%22w%C3%B6rd%22%2B1",
        "p&amp;ss &quot;wörd&quot;+1",
        base64.b64encode(SECRET.encode()).decode().rstrip("="),
    ],
    ids=["as it is", "JSON", "form", "address", "HTML", "Base64"],
)
def test_a_secret_is_masked_in_every_form_it_is_written_in(written: str) -> None:
    assert Mask([SECRET]).text(f"before {written} after") == f"before {MASKED} after"


def test_json_keeps_its_form_and_its_keys() -> None:
    mask = Mask(["hunter2"])
    value = {"hunter2": ["a hunter2", {"n": 1, "ok": True, "none": None}]}
    masked = {"hunter2": [f"a {MASKED}", {"n": 1, "ok": True, "none": None}]}
    assert mask.json(value) == masked


def test_what_the_address_shows_is_no_secret_elsewhere_either() -> None:
    text = "http://127.0.0.1/admin/ asked admin for s3cret"
    assert Mask(["admin", "s3cret"], shown=["http://127.0.0.1/admin/"]).text(text) == (
        f"http://127.0.0.1/admin/ asked admin for {MASKED}"
    )


def test_nothing_is_masked_where_nothing_is_secret() -> None:
    assert Mask([]).text("all of it") == "all of it"
    assert Mask(["abc", ""]).text("abc") == "abc", "too short to tell from words"
