import pytest

from argus.services.qa.expectation import Mutation
from argus.services.qa.ir import Action, Flow, Step, Test
from argus.services.qa.planning.priority import concerns, is_sensitive, priority, weighed


@pytest.mark.parametrize(
    ("text", "sensitive"),
    [
        ("order", True),
        ("Reset password", True),
        ("invoice_lines", True),
        ("sign in", True),
        ("user-groups", True),
        ("book", False),
        ("author", False),
        ("border color", False),
        ("", False),
    ],
)
def test_identity_money_and_permissions_are_sensitive(text: str, sensitive: bool) -> None:
    assert is_sensitive(text) is sensitive


def test_a_mutating_test_of_a_sensitive_thing_that_everything_leads_to_comes_first() -> None:
    assert priority(Flow.DELETE, "payment", fan_in=1) == 0.65
    assert priority(Flow.CREATE, "book") == 0.3
    assert priority(Flow.READ, "book", fan_in=0.5) == 0.075
    assert priority(Flow.NAVIGATE, "book") == 0.0


def test_what_changed_lately_and_what_failed_before_come_earlier() -> None:
    test = Test(id="t", name="t", flow=Flow.DELETE, priority=0.65, steps=())
    assert weighed(test, churn=1, past_failures=1).priority == 1.0
    assert weighed(test, churn=0.5, past_failures=0.2).priority == 0.78
    assert weighed(test, churn=0, past_failures=0) == test


def test_a_test_concerns_what_it_opens_sends_to_and_comes_to() -> None:
    sent = Mutation(method="POST", url_template="/books/save", oracle="o")
    steps = (
        Step(id="1", action=Action.GOTO, value="/books/add?x=1", post_url="/books/add?x"),
        Step(id="2", action=Action.PRESS, value="Enter", expect=(sent,), post_url="/books/{id}"),
        Step(id="3", action=Action.VERIFY),
    )
    test = Test(id="t", name="t", flow=Flow.CREATE, steps=steps)
    assert concerns(test) == ("/books/add?x=1", "/books/add?x", "/books/{id}", "/books/save")
