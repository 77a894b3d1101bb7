"""Tests at the ends of what a form allows."""

from argus.services.qa.discovery.site import FieldKind, Form
from argus.services.qa.ir import Flow, Test, Variable, VariableKind
from argus.services.qa.naming import stable_id
from argus.services.qa.planning.assembly import renamed
from argus.services.qa.planning.fields import entries, limit


def lowest_test(create: Test, form: Form) -> Test | None:
    """A test that creates a record, with the lowest number in each field for one of the form.

    Where the page states none it is 0; whether the application takes that is not yet known. None
    where the form has no such field, and of tests that are about something else.
    """
    if create.flow is not Flow.CREATE:
        return None
    steps, variables = create.steps, dict(create.variables)
    for entry in entries(form):
        if entry.name in create.variables and entry.field.kind is FieldKind.NUMBER:
            low = f"{limit(entry.field.min) or 0:g}"
            lowest = f"lowest_{entry.name}"
            steps = renamed(steps, entry.name, lowest)
            variables[lowest] = Variable(kind=VariableKind.NUMBER, min=low, max=low)
            del variables[entry.name]
    if steps == create.steps:
        return None
    name = f"{create.name} with the lowest numbers"
    return create.model_copy(
        update={
            "id": stable_id(name, create.entity, create.flow),
            "name": name,
            "variables": variables,
            "steps": steps,
        }
    )
