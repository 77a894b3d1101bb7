"""Which test matters most: a weighted sum of five signals, each between 0 and 1."""

import re

from argus.services.qa.expectation import Mutation
from argus.services.qa.ir import Action, Flow, Test

MUTATING = frozenset({Flow.CREATE, Flow.UPDATE, Flow.DELETE})

_CHURN, _PAST_FAILURES = 0.2, 0.15

_SENSITIVE = re.compile(
    r"(?<![a-z])(accounts?|admins?|auth(?:n|z|entication|orization)?|bank|bill\w*|cards?|checkout|credit|currency|groups?"
    r"|invoices?|log ?in|members?|money|orders?|passwords?|pay\w*|permissions?|pric\w+|refunds?"
    r"|roles?|salar\w+|secrets?|sessions?|sign ?in|subscriptions?|tokens?|transactions?|users?)"
    r"(?![a-z])"
)


def is_sensitive(text: str) -> bool:
    """Whether `text` speaks of identity, money or permissions."""
    return _SENSITIVE.search(re.sub(r"[_\-/]+", " ", text.lower())) is not None


def priority(flow: Flow, subject: str, *, fan_in: float = 0.0) -> float:
    """Of a test; `subject` is what it is about: its noun, its fields. See `weight`."""
    return weight(subject, mutating=flow in MUTATING, fan_in=fan_in)


def weighed(test: Test, *, churn: float, past_failures: float) -> Test:
    """The test with what is known of its code and of its past in its priority; see `weight`."""
    known = _CHURN * churn + _PAST_FAILURES * past_failures
    return test.model_copy(update={"priority": round(test.priority + known, 4)})


def concerns(test: Test) -> tuple[str, ...]:
    """The addresses, or templates of them, that a test opens, sends to or comes to; in order."""
    found: dict[str, None] = {}
    for step in test.steps:
        if step.action is Action.GOTO and isinstance(step.value, str):
            found[step.value] = None
        if step.post_url:
            found[step.post_url] = None
        for each in step.expect:
            if isinstance(each, Mutation):
                found[each.url_template] = None
    return tuple(found)


def weight(subject: str, *, mutating: bool, churn: float = 0.0, fan_in: float = 0.0) -> float:
    """0.3 mutating + 0.2 sensitive + 0.2 churn + 0.15 fan-in, and of a test 0.15 past failures.

    `churn` is how often the code behind it changed lately, as a share of the most changed code,
    `past_failures` the share of past runs that failed, `fan_in` the share of pages, or of files,
    that lead to it.
    """
    return round(0.3 * mutating + 0.2 * is_sensitive(subject) + _CHURN * churn + 0.15 * fan_in, 4)
