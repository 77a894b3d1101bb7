"""Whether a click can only reach the record that the test made itself.

Cleanup asserts nothing, so no rerun can prove what healing proposes for it. What it may act on is
bounded by what the page shows instead: a text that no record but the test's own has.
"""

from collections.abc import Mapping

from argus.services.qa.browser.elements import observe, take
from argus.services.qa.browser.locate import resolve
from argus.services.qa.browser.session import Session
from argus.services.qa.ir import Action, Step, Test, VariableKind
from argus.services.qa.safety import may_follow
from argus.services.qa.target import Target

_TELLING = {VariableKind.TEXT, VariableKind.EMAIL, VariableKind.URL}
"""Kinds of values that carry a marker, which no other record has by chance."""
_TOUCHES_NOTHING = {Action.FILL, Action.HOVER}
_SHORTEST = 6


def _names(test: Test, values: Mapping[str, str]) -> list[str]:
    """The variables by which a record can be told to be the test's own."""
    return [
        name
        for name, variable in test.variables.items()
        if variable.unique and variable.kind in _TELLING and len(values[name]) >= _SHORTEST
    ]


async def is_harmless(
    session: Session, test: Test, step: Step, target: Target, values: Mapping[str, str]
) -> bool:
    """Whether the step, done to `target`, can change no record but one that the test made.

    It can where it only types or follows a link that says nothing of changing; else the element's
    row, or without one the page, must show the record.
    """
    known = target.fingerprint
    href = known.attributes.get("href", "")
    if step.action in _TOUCHES_NOTHING or (href and may_follow(href, known.name, "")):
        return True
    _, located = await resolve(session, target, values)
    own = [values[name] for name in _names(test, values)]
    if located is None or not own:
        return False
    if row_text := (await take(located)).row_text:
        return any(text in row_text for text in own)
    return any((await observe(session, texts=own)).texts.values())


async def under_another_name(
    session: Session, test: Test, step: Step, values: Mapping[str, str]
) -> Step | None:
    """The step on the row that shows the record by another of its names; None if no row does.

    A test that fails before it renames its record leaves it by its first name.
    """
    if step.target is None or step.target.row is None:
        return None
    names = _names(test, values)
    rows = (await observe(session, rows=[values[name] for name in names])).rows
    for name in names:
        if rows[values[name]] == 1:
            renamed = step.model_dump_json().replace(step.target.row.text, f"${{{name}}}")
            return Step.model_validate_json(renamed)
    return None
