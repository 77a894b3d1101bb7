"""Which test matters most: a weighted sum of five signals, each between 0 and 1."""

import re

from argus.services.qa.ir import Flow

MUTATING = frozenset({Flow.CREATE, Flow.UPDATE, Flow.DELETE})

_SENSITIVE = re.compile(
    r"(?<![a-z])(accounts?|admins?|auth(?:n|z|entication|orization)?|bank|bill\w*|cards?|checkout|credit|currency|groups?"
    r"|invoices?|log ?in|members?|money|orders?|passwords?|pay\w*|permissions?|pric\w+|refunds?"
    r"|roles?|salar\w+|secrets?|sessions?|sign ?in|subscriptions?|tokens?|transactions?|users?)"
    r"(?![a-z])"
)


def is_sensitive(text: str) -> bool:
    """Whether `text` speaks of identity, money or permissions."""
    return _SENSITIVE.search(re.sub(r"[_\-/]+", " ", text.lower())) is not None


def priority(
    flow: Flow,
    subject: str,
    *,
    churn: float = 0.0,
    past_failures: float = 0.0,
    fan_in: float = 0.0,
) -> float:
    """Of a test; `subject` is what it is about: its noun, its fields. See `weight`."""
    mutating = flow in MUTATING
    return weight(
        subject, mutating=mutating, churn=churn, past_failures=past_failures, fan_in=fan_in
    )


def weight(
    subject: str,
    *,
    mutating: bool,
    churn: float = 0.0,
    past_failures: float = 0.0,
    fan_in: float = 0.0,
) -> float:
    """0.3 mutating + 0.2 sensitive + 0.2 churn + 0.15 past failures + 0.15 fan-in.

    `churn` is the share of recent commits that touch the code behind it, `past_failures` the share
    of past runs that failed, `fan_in` the share of pages, or of files, that lead to it.
    """
    return round(
        0.3 * mutating
        + 0.2 * is_sensitive(subject)
        + 0.2 * churn
        + 0.15 * past_failures
        + 0.15 * fan_in,
        4,
    )
