"""What an element of the TodoMVC template is for."""

import pytest

from argus.services.qa.benchmark.portability import figures, part
from argus.services.qa.target import Fingerprint


@pytest.mark.parametrize(
    ("fingerprint", "purpose"),
    [
        (Fingerprint(tag="input", attributes={"id": "new-todo"}), "new-todo"),
        (Fingerprint(tag="input", attributes={"class": "new-todo ember-view"}), "new-todo"),
        (Fingerprint(tag="button", attributes={"class": "destroy"}), "destroy"),
        (Fingerprint(tag="a", text=" Active ", attributes={"class": "selected"}), "active"),
    ],
)
def test_ids_and_classes_of_the_template_say_what_an_element_is_for(
    fingerprint: Fingerprint, purpose: str
) -> None:
    assert part(fingerprint) == purpose


def test_a_step_on_another_element_is_worse_than_one_that_found_none() -> None:
    found, wrong = figures([(True, True), (False, False), (True, False), (True, True)], seed=1)
    assert (found.value, wrong.value) == (0.5, 0.25)
