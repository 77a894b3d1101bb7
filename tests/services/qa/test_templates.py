from argus.services.qa.execution.values import values_of
from argus.services.qa.ir import Action, Case, Flow, Step, Test
from argus.services.qa.templates import environment_variables, fill_in, templated

VALUES = {"env.city": "Lima", "title": "Milk"}


def test_an_environments_variable_is_put_in_and_never_taken_out() -> None:
    assert fill_in("${title} in ${env.city}, ${env.other}", VALUES) == "Milk in Lima, ${env.other}"
    assert templated("Milk in Lima", VALUES) == "${title} in Lima"


def test_an_environments_variables_are_told_from_made_up_ones() -> None:
    text = "${env.city} ${title} ${{ env.ci }} ${env.} ${environment.city}"
    assert environment_variables(text) == {"city"}


def test_a_case_may_name_an_environments_variable() -> None:
    test = Test(
        id="t",
        name="t",
        flow=Flow.READ,
        cases=(Case(name="home", values={"place": "in ${env.city}"}),),
        steps=(Step(id="s1", action=Action.GOTO, value="/"),),
    )
    assert values_of(test, 1, "a", {"env.city": "Lima"})["place"] == "in Lima"
