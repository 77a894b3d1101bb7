import re
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic.fields import FieldInfo

from argus.kernel.schema import Value
from argus.services.qa.expectation import (
    AnswerStatus,
    AnswerValue,
    Expectation,
    Mutation,
    QueryCount,
    QueryRow,
    RowCount,
)
from argus.services.qa.ir import (
    ELEMENT_ACTIONS,
    PAGE_ACTIONS,
    Action,
    Case,
    Flow,
    HttpRequest,
    Login,
    Phase,
    Secret,
    Step,
    Suite,
    Test,
    Variable,
    VariableKind,
)
from argus.services.qa.planning.text import (
    ACTIONS,
    EXPECTATIONS,
    parse_plan,
    render_plan,
)
from argus.services.qa.planning.text_lines import PlanInvalid
from argus.services.qa.target import Fingerprint, Locator, LocatorKind, Row, Target

NASTY = (
    *(
        "",
        " ",
        "\n",
        "\r\n",
        "## Test: x",
        "- id: x",
        "1. s1: look",
        '"',
        "\\",
        '\\"',
        "]",
        "](#e1)",
    ),
    *(
        "${title}",
        "|",
        "null",
        "secret",
        "```",
        "<b>",
        "\u2028",
        "\x85",
        "\x00",
        " because ",
        " in the row with ",
        "e1",
    ),
)
texts = st.sampled_from(NASTY) | st.text(max_size=12)
fingerprints = st.builds(
    Fingerprint,
    tag=texts,
    name=texts,
    attributes=st.dictionaries(texts, texts, max_size=2),
    box=st.tuples(*[st.floats(allow_nan=False, allow_infinity=False)] * 4),
    is_button=st.booleans(),
    siblings=st.integers(),
)
locators = st.builds(
    Locator, kind=st.sampled_from(LocatorKind), value=texts, role=texts, exact=st.booleans()
)
targets = st.builds(
    Target,
    description=texts,
    locators=st.lists(locators, max_size=2).map(tuple),
    fingerprint=fingerprints,
    row=st.none() | st.builds(Row, text=texts),
)
BY_TYPE: dict[Any, st.SearchStrategy[Any]] = {
    str: texts,
    int: st.integers(),
    Target: targets,
    tuple[str | None, ...]: st.lists(st.none() | texts, max_size=3).map(tuple),
}


def any_expectation(kind: type[Value]) -> st.SearchStrategy[Any]:
    fields: dict[str, FieldInfo] = kind.model_fields
    return st.builds(
        kind,
        **{name: BY_TYPE[field.annotation] for name, field in fields.items() if name != "kind"},
    )


KINDS: tuple[type[Value], ...] = get_args(get_args(Expectation)[0])
secrets = st.builds(Secret, secret=texts)
requests = st.builds(
    HttpRequest,
    method=texts,
    path=texts,
    headers=st.dictionaries(texts, texts | secrets, max_size=2),
    body=texts,
    keep=st.dictionaries(texts, texts, max_size=2),
)


around: dict[str, st.SearchStrategy[Any]] = {
    "id": texts,
    "expect": st.lists(st.sampled_from(KINDS).flatmap(any_expectation), max_size=2).map(tuple),
    "as_role": texts,
    "phase": st.sampled_from(Phase),
    "pre_state": texts,
    "post_state": texts,
    "post_url": texts,
}
steps = st.one_of(
    *(
        st.builds(
            Step,
            action=st.sampled_from(sorted(actions)),
            target=of,
            value=st.none() | texts | secrets,
            keep=kept,
            **around,
        )
        for actions, of, kept in (
            ({*Action} - PAGE_ACTIONS - {Action.REQUEST}, targets, texts),
            ({*Action} - ELEMENT_ACTIONS - {Action.REQUEST}, st.none(), st.just("")),
        )
    ),
    st.builds(Step, action=st.just(Action.REQUEST), request=requests, **around),
)


def of_the_user(step: Step) -> Step:
    return step.model_copy(update={"as_role": ""})


@st.composite
def some_cases(draw: st.DrawFn) -> tuple[Case, ...]:
    names = draw(st.lists(texts, max_size=2, unique=True))
    rows = st.fixed_dictionaries(dict.fromkeys(names, texts))
    of = draw(st.dictionaries(st.text("aZ0._-", min_size=1, max_size=3), rows, max_size=2))
    return tuple(Case(name=name, values=values) for name, values in of.items())


variables = st.builds(
    Variable,
    kind=st.sampled_from(VariableKind),
    label=texts,
    unique=st.booleans(),
    min=texts,
    max=texts,
    min_length=st.integers(),
    max_length=st.integers(),
    pattern=texts,
    source=texts,
)
tests = st.builds(
    Test,
    id=texts,
    name=texts,
    flow=st.sampled_from(Flow),
    entity=texts,
    priority=st.floats(allow_nan=False, allow_infinity=False),
    variables=st.dictionaries(texts, variables, max_size=2),
    cases=some_cases(),
    steps=st.lists(steps, max_size=3).map(tuple),
)


def told_apart(tests: list[Test]) -> bool:
    """Whether each has ids of its own, as the tests of a suite do."""
    ids = [test.id for test in tests]
    run = [f"{test.id}.{case.name}" for test in tests for case in test.cases]
    run += [test.id for test in tests if not test.cases]
    return len(set(ids)) == len(ids) and len(set(run)) == len(run)


suites = st.builds(
    Suite,
    app_url=texts,
    seed=st.integers(),
    login=st.none() | st.builds(Login, username=texts, steps=st.tuples(steps.map(of_the_user))),
    tests=st.lists(tests, max_size=2).filter(told_apart).map(tuple),
)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(suites)
def test_a_plan_is_read_back_as_the_suite_it_was_written_from(suite: Suite) -> None:
    assert parse_plan(render_plan(suite)) == suite


def test_every_field_and_word_of_the_form_has_its_place_in_a_plan() -> None:
    assert set(ACTIONS) == set(Action)
    assert set(EXPECTATIONS) == set(KINDS)
    said = {kind: set(re.findall(r"\{(\w+)\}", words)) for kind, words in EXPECTATIONS.items()}
    assert said == {kind: set(kind.model_fields) - {"kind", "oracle"} for kind in KINDS}
    strategies = {
        Step: steps,
        HttpRequest: requests,
        Test: tests,
        Suite: suites,
        Target: targets,
        Variable: variables,
    }
    for kind, strategy in strategies.items():
        given_fields = set(re.findall(r"(\w+)=", repr(strategy)))
        assert set(kind.model_fields) - {"schema_version"} <= given_fields, kind


SAVE = Target(
    description='button "Save"',
    locators=(Locator(kind=LocatorKind.ROLE, value="Save", role="button"),),
    fingerprint=Fingerprint(tag="button", text="Save"),
)
NOTES = Suite(
    app_url="http://127.0.0.1:8000/",
    seed=1,
    tests=(
        Test(
            id="create-note",
            name="Create a note: it appears in its list",
            flow=Flow.CREATE,
            entity="/notes/",
            variables={"title": Variable(kind=VariableKind.TEXT, unique=True, max_length=40)},
            steps=(
                Step(id="s1", action=Action.GOTO, value="/add", phase=Phase.SETUP),
                Step(
                    id="s2",
                    action=Action.CLICK,
                    target=SAVE,
                    expect=(
                        Mutation(method="POST", url_template="/add", oracle="saving sends it"),
                        RowCount(text="${title}", count=1, oracle="it appears once"),
                    ),
                    post_url="/notes/",
                ),
            ),
        ),
    ),
)
PLAN = """\
# Test plan

- application: "http://127.0.0.1:8000/"
- seed: 1
- format: 1

## Test: Create a note: it appears in its list

- id: create-note
- flow: create
- about: "/notes/"
- priority: 0.5

### Values

- title: unique text of at most 40

### Steps

1. s1 (setup): go to "/add"
2. s2: click [button "Save"](#e1)
   - expect a request POST to "/add" because "saving sends it"
   - expect 1 rows with "${title}" because "it appears once"
   - leads to "/notes/"

## Elements

### e1

- by role button named "Save"

```json
{"tag": "button", "text": "Save"}
```
"""


def test_a_plan_reads_like_instructions() -> None:
    assert render_plan(NOTES) == PLAN


def test_what_a_person_changes_in_a_plan_is_changed_in_the_suite() -> None:
    edited = (
        PLAN.replace("POST", '"PUT"')
        .replace('1 rows with "${title}"', '2 rows with "${title} again"')
        .replace("2. s2:", '2. s1b: fill [textbox "Title"](#title) with "${title}"\n7. s2:')
        .replace("## Elements", '## Elements\n\n### title\n\n- by label "Title"\n')
    )
    test = parse_plan(edited).tests[0]
    assert [step.id for step in test.steps] == ["s1", "s1b", "s2"]
    filled = test.steps[1]
    assert filled.target is not None
    assert filled.target.locators == (Locator(kind=LocatorKind.LABEL, value="Title"),)
    assert filled.value == "${title}"
    assert [each.model_dump(exclude={"oracle"}) for each in test.steps[2].expect] == [
        {"kind": "mutation", "method": "PUT", "url_template": "/add"},
        {"kind": "row_count", "text": "${title} again", "count": 2},
    ]


PREPARED = NOTES.model_copy(
    update={
        "tests": (
            NOTES.tests[0].model_copy(
                update={
                    "cases": (
                        Case(name="short", values={"title": "A"}),
                        Case(name="with-a-bar", values={"title": "A | ${title}"}),
                    ),
                    "steps": (
                        Step(
                            id="s1",
                            action=Action.REQUEST,
                            phase=Phase.SETUP,
                            as_role="bob",
                            request=HttpRequest(
                                method="POST",
                                path="/api/notes",
                                headers={"X-Key": Secret(secret="notes.key")},
                                body='{"title": "${title}"}',
                                keep={"note": "/id"},
                            ),
                            expect=(
                                AnswerStatus(status=201, oracle="the note is made"),
                                AnswerValue(pointer="/title", value="${title}", oracle="echoed"),
                            ),
                        ),
                        Step(
                            id="s2",
                            action=Action.GOTO,
                            value="/notes/${note}",
                            expect=(
                                QueryCount(
                                    sql="select * from note where id = ${note}",
                                    count=1,
                                    oracle="it is stored",
                                ),
                                QueryRow(
                                    sql="select title, gone from note where id = ${note}",
                                    row=("${title}", None),
                                    oracle="as it was sent",
                                ),
                            ),
                        ),
                    ),
                }
            ),
        )
    }
)
PREPARED_STEPS = """\
### Cases

| case | title |
| --- | --- |
| short | A |
| with-a-bar | "A \\u007c ${title}" |

### Steps

1. s1 (setup) as bob: send POST "/api/notes"
   - header "X-Key": the secret notes.key
   - body {"title": "${title}"}
   - keep "/id" as note
   - expect the answer 201 because "the note is made"
   - expect the answer to hold "${title}" at "/title" because "echoed"
2. s2: go to "/notes/${note}"
   - expect the database to answer "select * from note where id = ${note}" with 1 rows because "it is stored"
   - expect the database to answer "select title, gone from note where id = ${note}" with ["${title}", null] because "as it was sent"
"""  # noqa: E501 - a line of a plan is not wrapped


def test_requests_queries_and_tables_read_like_instructions_too() -> None:
    plan = render_plan(PREPARED)
    assert plan.partition("### Cases")[2] == PREPARED_STEPS.partition("### Cases")[2]
    assert parse_plan(plan) == PREPARED


@pytest.mark.parametrize(
    ("line", "instead", "expected"),
    [
        ("keep", "store", "`- body …`"),
        ("| short | A |", "| short |", "a row of 2 cells"),
        ("| short | A |", "| short | A B |", "texts in quotes"),
        ("| with-a-bar", "| short", "each case has a name of its own"),
        ("send POST", "send", "a step"),
    ],
)
def test_a_request_or_table_that_is_none_is_named(line: str, instead: str, expected: str) -> None:
    with pytest.raises(PlanInvalid) as refused:
        parse_plan(render_plan(PREPARED).replace(line, instead))
    assert expected in refused.value.detail


@pytest.mark.parametrize(
    ("line", "instead", "number", "expected"),
    [
        ("# Test plan", "# Plan", 1, "`# Test plan`"),
        ("- seed: 1", "- seed: one", 4, "a whole number"),
        ("- format: 1", "- format: 2", 1, "schema_version"),
        ("## Test: Create", "## Tests: Create", 7, "`## Test: …`"),
        ("- flow: create", "- flow: invent", 7, "flow"),
        ("- id: create-note\n", "", 9, "`- id: …`"),
        ("### Steps", "### Stages", 18, "`### Steps`"),
        ("title: unique text", "title: unique words", 16, "kind"),
        ("1. s1 (setup): go to", "1. s1 (setup): move to", 20, "known are go to, click"),
        ("(setup)", "(before)", 20, "phase"),
        ('"/add"\n2', "/add\n2", 20, "a step"),
        ('because "saving sends it"', "", 22, "because"),
        ("1 rows with", "many rows with", 23, "known are the text {text}"),
        ("   - leads to", "   - goes to", 24, "`leads to`"),
        ('click [button "Save"](#e1)', "click", 21, "something else (click is done to an element"),
        ("(#e1)", "(#e2)", 21, "`## Elements` describes, not e2"),
        ("- by role button named", "- at", 30, "`- by KIND"),
        ('"text": "Save"}', '"text": "Save"', 33, "what is known of the element"),
    ],
)
def test_a_line_that_is_no_plan_is_named_with_what_is_expected_there(
    line: str, instead: str, number: int, expected: str
) -> None:
    assert line in PLAN
    with pytest.raises(PlanInvalid) as refused:
        parse_plan(PLAN.replace(line, instead))
    assert refused.value.detail.startswith(f"line {number}: expected ")
    assert expected in refused.value.detail


def test_a_test_with_the_id_of_another_is_named() -> None:
    test, elements = PLAN.index("## Test"), PLAN.index("## Elements")
    with pytest.raises(PlanInvalid) as refused:
        parse_plan(PLAN[:elements] + PLAN[test:])
    assert refused.value.detail.startswith("line 26: expected a test with an id of its own")
