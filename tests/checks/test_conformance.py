from pathlib import Path

import pytest

from checks import conformance
from checks.marks import MarkedTest

TEST = MarkedTest(Path("services/test_codes.py"), "test_a_wrong_verifier_is_refused")
REGISTRY = """
title: Proof Keys
link: https://www.rfc-editor.org/rfc/rfc7636
requirements:
  rfc7636:4.6:wrong-verifier:
    must: A wrong verifier is refused.
  rfc7636:7.1:entropy:
    should: Verifiers are random.
    deferred: The client makes them.
"""
ID = "rfc7636:4.6:wrong-verifier"


def found(registry: str, tests: dict[str, list[MarkedTest]]) -> list[str]:
    return list(conformance.rules([conformance.parse("rfc7636", registry)], tests))


def test_each_requirement_has_a_test_or_a_reason() -> None:
    assert found(REGISTRY, {ID: [TEST]}) == []


@pytest.mark.parametrize(
    ("tests", "problem"),
    [
        ({}, "no test is marked"),
        ({ID: [TEST], "rfc7636:7.1:entropy": [TEST]}, "deferred, although services/test_codes.py"),
        ({ID: [TEST], "rfc7636:4.6:gone": [TEST]}, "is in no registry"),
    ],
)
def test_a_gap_a_contradiction_and_an_unknown_mark_are_reported(
    tests: dict[str, list[MarkedTest]], problem: str
) -> None:
    [only] = found(REGISTRY, tests)
    assert problem in only


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("rfc7636:4.6:", "rfc7637:4.6:"),
        ("must: A", "shall: A"),
        ("must: A wrong verifier is refused.", "must:"),
        ("deferred: The", "because: The"),
        ("title: Proof Keys", ""),
        ("rfc7636:7.1:entropy", ID),
        ("title: Proof", "title: [Proof"),
    ],
)
def test_a_registry_of_another_form_is_refused(right: str, wrong: str) -> None:
    with pytest.raises(conformance.FormError, match="rfc7636"):
        conformance.parse("rfc7636", REGISTRY.replace(right, wrong))


def test_the_page_leads_from_each_requirement_to_its_section_and_its_tests() -> None:
    page = conformance.render([conformance.parse("rfc7636", REGISTRY)], {ID: [TEST]})
    assert "| [Proof Keys](#rfc7636) | 2 | 1 | 1 |" in page
    assert "(https://www.rfc-editor.org/rfc/rfc7636#section-4.6)" in page
    assert "[a wrong verifier is refused](../../tests/services/test_codes.py)" in page
    assert "| deferred: The client makes them. |" in page
