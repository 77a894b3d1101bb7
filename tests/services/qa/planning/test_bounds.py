from typing import Any

from argus.services.qa.discovery.site import FieldKind
from argus.services.qa.execution.values import values_of
from argus.services.qa.ir import Action, Flow, Step, Test
from argus.services.qa.planning.bounds import lowest_test
from argus.services.qa.planning.fields import entries

STEPS = tuple(
    Step(id=name, action=Action.GOTO, value=f"/{value}")
    for name, value in (("title", "${title}"), ("price", "${price}"), ("stock", "${stock}"))
)


def test_a_record_is_created_with_the_lowest_numbers_that_its_form_allows(build: Any) -> None:
    form = build.form(
        build.field("Title", required=True),
        build.field("Price", FieldKind.NUMBER, min="0.01"),
        build.field("Stock", FieldKind.NUMBER),
    )
    variables = {entry.name: entry.variable for entry in entries(form) if entry.variable}
    create = Test(id="c", name="Create a book", flow=Flow.CREATE, variables=variables, steps=STEPS)
    lowest = lowest_test(create, form)
    assert lowest is not None
    assert lowest.name == "Create a book with the lowest numbers"
    assert lowest.id != create.id
    made = values_of(lowest, 1, "run")
    assert {name: made[name] for name in made if name != "title"} == {
        "lowest_price": "0.01",
        "lowest_stock": "0",
    }
    assert [step.value for step in lowest.steps] == [
        *("/${title}", "/${lowest_price}", "/${lowest_stock}")
    ]


def test_there_is_no_such_test_without_numbers_or_of_another_flow(build: Any) -> None:
    form = build.form(build.field("Title"))
    create = Test(id="c", name="Create", flow=Flow.CREATE, steps=STEPS)
    assert lowest_test(create, form) is None
    assert lowest_test(create.model_copy(update={"flow": Flow.READ}), form) is None
