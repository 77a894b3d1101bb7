import pytest

from argus.services.qa.ir import Flow
from argus.services.qa.planning.priority import is_sensitive, priority


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
    assert priority(Flow.DELETE, "payment", churn=1, past_failures=1, fan_in=1) == 1.0
    assert priority(Flow.CREATE, "book") == 0.3
    assert priority(Flow.READ, "book", fan_in=0.5) == 0.075
    assert priority(Flow.NAVIGATE, "book") == 0.0
