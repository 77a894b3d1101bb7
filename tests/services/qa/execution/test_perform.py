from pathlib import Path

import pytest

from argus.services.qa.browser.elements import target_of
from argus.services.qa.browser.session import new_session
from argus.services.qa.execution.perform import Shots, perform
from argus.services.qa.execution.record import FailureKind, StepOutcome
from argus.services.qa.expectation import (
    AtUrl,
    ElementPresent,
    FieldValue,
    Gone,
    LinkPresent,
    Mutation,
    NoMutation,
    RowCount,
    SignInRequired,
    TextAbsent,
    TextPresent,
    TotalAddsUp,
    ValidationError,
)
from argus.services.qa.ir import Action, Secret, Step
from argus.services.qa.target import Fingerprint, Locator, LocatorKind, Target
from support.website import Answer, Asked, WebSite, redirect, serve

WHY = "the relation under test"


async def verify(session, *expect) -> StepOutcome:
    return await perform(
        session, Step(id="v", action=Action.VERIFY, expect=expect), {}, {}, timeout_s=0.3
    )


async def test_a_step_fills_in_values_and_secrets(session, show) -> None:
    await show("<input aria-label=Name><input type=password aria-label=Secret>")
    for label, value in (("Name", "${name}"), ("Secret", Secret(secret="login.password"))):
        target = await target_of(session.page, session.page.get_by_label(label))
        step = Step(id=label, action=Action.FILL, target=target, value=value)
        assert (await perform(session, step, {"name": "Ann"}, {"login.password": "pw"})).ok
    typed = await session.page.locator("input").evaluate_all("all => all.map(e => e.value)")
    assert typed == ["Ann", "pw"]


async def test_a_file_is_uploaded_also_where_only_the_fields_label_shows(session, show) -> None:
    await show(
        "<label for=a>Proof</label><input type=file id=a style='display:none'>"
        "<input type=file aria-label=Picture>"
    )
    page = session.page
    for located in (page.locator("label"), page.get_by_label("Picture")):
        target = await target_of(page, located)
        step = Step(id="u", action=Action.UPLOAD, target=target, value="${name}.pdf")
        assert (await perform(session, step, {"name": "acorn"}, {})).ok
    names = await page.locator("input").evaluate_all("all => all.map(e => e.files[0].name)")
    assert names == ["acorn.pdf", "acorn.pdf"]


@pytest.mark.parametrize("wait_ms", [0, 400])
async def test_a_field_that_comes_late_or_is_unlocked_late_is_waited_for(
    session, show, wait_ms: int
) -> None:
    target = Target(
        description="field",
        locators=(Locator(kind=LocatorKind.TEST_ID, value="name"),),
        fingerprint=Fingerprint(tag="input"),
    )
    for now, later in (
        ("", "document.body.innerHTML = '<input data-testid=name>'"),
        ("<input data-testid=name disabled>", "document.querySelector('input').disabled = false"),
        ("<input data-testid=name readonly>", "document.querySelector('input').readOnly = false"),
    ):
        await show(f"{now}<script>setTimeout(() => {{ {later} }}, {wait_ms})</script>")
        step = Step(id="name", action=Action.FILL, target=target, value="Ann")
        outcome = await perform(session, step, {}, {})
        assert outcome.ok
        assert outcome.resolution is not None
        assert outcome.resolution.fingerprint is not None
        assert await session.page.locator("input").input_value() == "Ann"


async def test_a_choice_that_leads_elsewhere_is_made_once(session, notes) -> None:
    sort = "<form><select name=by aria-label=Sort onchange='form.submit()'>{}</select></form>"
    notes.pages["/sort"] = (200, sort.format("<option>Name<option>Age"))
    notes.pages["/sort?by=Age"] = (200, sort.format("<option>Name<option selected>Age"))
    await session.goto("/sort")
    target = await target_of(session.page, session.page.locator("select"))
    step = Step(id="sort", action=Action.SELECT, target=target, value="Age")
    outcome = await perform(session, step, {}, {})
    assert outcome.ok
    assert outcome.url.endswith("/sort?by=Age")
    assert len(outcome.requests) == 1


async def test_a_save_reports_its_requests_and_where_it_led(session, notes) -> None:
    await session.goto("/add")
    page = session.page
    await page.fill("#title", "One")
    step = Step(
        id="s",
        action=Action.CLICK,
        target=await target_of(page, page.locator("#save")),
        expect=(
            Mutation(method="POST", url_template="/add", oracle=WHY),
            AtUrl(template="/", oracle=WHY),
            RowCount(text="One", count=1, oracle=WHY),
        ),
    )
    outcome = await perform(session, step, {}, {})
    assert outcome.ok
    assert ("POST", 302) in {(request.method, request.status) for request in outcome.requests}
    assert outcome.url_template == "/"
    assert outcome.box is not None


async def test_expectations_are_awaited(session, show) -> None:
    await show(
        "<p></p><script>setTimeout(() => document.querySelector('p').append('Late'), 300)</script>"
    )
    step = Step(id="v", action=Action.VERIFY, expect=(TextPresent(text="Late", oracle=WHY),))
    assert (await perform(session, step, {}, {}, timeout_s=5)).ok


async def test_a_page_that_keeps_changing_is_given_all_its_time(session, show) -> None:
    await show("""<p></p><script>
        let ticks = 0;
        const clock = setInterval(() => {
          document.querySelector('p').textContent = ++ticks < 40 ? ticks : 'Done';
          if (ticks === 40) clearInterval(clock) }, 100)</script>""")
    step = Step(id="v", action=Action.VERIFY, expect=(TextPresent(text="Done", oracle=WHY),))
    assert (await perform(session, step, {}, {}, timeout_s=15)).ok


@pytest.mark.timeout(200)
async def test_a_page_at_rest_is_not_waited_for_all_the_time(session, show) -> None:
    await show("<button>Save</button>")
    target = await target_of(session.page, session.page.get_by_role("button"))
    await show("<p>Nothing to save</p>")
    absent = TextPresent(text="Saved", oracle=WHY)
    for step in (
        Step(id="press", action=Action.CLICK, target=target),
        Step(id="look", action=Action.VERIFY, expect=(absent,)),
    ):
        assert not (await perform(session, step, {}, {}, timeout_s=300)).ok


@pytest.mark.parametrize(
    ("expectation", "holds"),
    [
        (TextPresent(text="One", oracle=WHY), True),
        (TextPresent(text="Two", oracle=WHY), False),
        (TextAbsent(text="Two", oracle=WHY), True),
        (TextAbsent(text="One", oracle=WHY), False),
        (RowCount(text="One", count=1, oracle=WHY), True),
        (RowCount(text="One", count=2, oracle=WHY), False),
        (AtUrl(template="/", oracle=WHY), True),
        (AtUrl(template="/notes", oracle=WHY), False),
        (Mutation(method="POST", url_template="/add", oracle=WHY), False),
        (NoMutation(oracle=WHY), True),
        (ValidationError(oracle=WHY), False),
    ],
)
async def test_what_does_not_hold_is_a_failure_with_its_oracle(
    session, notes, expectation, holds: bool
) -> None:
    notes.notes = ["One"]
    await session.goto("/")
    outcome = await verify(session, expectation)
    assert outcome.ok is holds
    if not holds:
        assert outcome.failures[0].kind is FailureKind.EXPECTATION
        assert outcome.failures[0].oracle == WHY


async def test_a_field_is_compared_whole_and_a_missing_element_is_unresolved(session, show) -> None:
    await show("<label>Size <select><option>S<option selected>L</select></label>")
    size = await target_of(session.page, session.page.locator("select"))
    assert (await verify(session, FieldValue(target=size, value="L", oracle=WHY))).ok
    wrong = await verify(session, FieldValue(target=size, value="S", oracle=WHY))
    assert [each.message for each in wrong.failures] == [f'{size.description} holds "L", not "S"']
    await show("<p>Nothing</p>")
    outcome = await verify(session, ElementPresent(target=size, oracle=WHY))
    assert outcome.failures[0].kind is FailureKind.UNRESOLVED


async def test_a_page_that_answers_404_is_gone_and_another_is_not(session, notes) -> None:
    await session.goto("/")
    step = Step(id="v", action=Action.VERIFY, expect=(Gone(step="earlier", oracle=WHY),))
    for path, gone in (("/missing", True), ("/", False)):
        visited = {"earlier": notes.url + path}
        outcome = await perform(session, step, {}, {}, timeout_s=0.2, visited=visited)
        assert outcome.ok is gone


@pytest.mark.parametrize(
    ("html", "reason"),
    [
        ("<button disabled>Save</button>", "it is disabled"),
        (
            "<button>Save</button><div style='position:fixed;inset:0;background:red'></div>",
            "something else lies over it",
        ),
    ],
)
async def test_a_control_that_cannot_be_used_says_why(
    session, show, tmp_path: Path, html: str, reason: str
) -> None:
    await show(html)
    target = await target_of(session.page, session.page.locator("button"))
    step = Step(id="s", action=Action.CLICK, target=target)
    outcome = await perform(session, step, {}, {}, timeout_s=0.5, shots=Shots(tmp_path, "test"))
    assert outcome.failures[0].kind is FailureKind.NOT_ACTIONABLE
    assert outcome.failures[0].message == f'click button "Save": {reason}'
    assert (tmp_path / outcome.screenshot).read_bytes().startswith(b"\xff\xd8")


@pytest.mark.parametrize(
    ("test", "step"), [("../../run_other/x", "s"), ("/etc/x", "s"), ("x", "\0"), ("x", "s" * 999)]
)
def test_the_ids_of_a_suite_lead_to_no_other_folder(tmp_path: Path, test: str, step: str) -> None:
    file = Shots(tmp_path, test).file(step)
    file.write_bytes(b"a picture")
    assert file.parent == tmp_path
    assert [*tmp_path.iterdir()] == [file]


async def test_an_answer_by_500_fails_the_step(session, notes) -> None:
    notes.save_status = 500
    await session.goto("/add")
    await session.page.fill("#title", "One")
    save = await target_of(session.page, session.page.locator("#save"))
    outcome = await perform(session, Step(id="s", action=Action.CLICK, target=save), {}, {})
    assert [failure.kind for failure in outcome.failures] == [FailureKind.SERVER_ERROR]


async def test_script_errors_and_dialogs_are_recorded_without_failing_the_step(
    session, show
) -> None:
    await show("<button onclick='alert(1); missing()'>Go</button>")
    target = await target_of(session.page, session.page.locator("button"))
    outcome = await perform(session, Step(id="s", action=Action.CLICK, target=target), {}, {})
    assert outcome.ok
    assert outcome.dialogs == ("alert: 1",)
    assert "missing" in outcome.script_errors[0]


async def test_nothing_at_the_address_is_a_connection_failure(session) -> None:
    session.app_url = "http://127.0.0.1:9"
    await session.renew()
    outcome = await perform(session, Step(id="s", action=Action.GOTO, value="/"), {}, {})
    assert outcome.failures[0].kind is FailureKind.CONNECTION


async def test_what_is_computed_and_where_it_leads_is_expected_of_the_page(session, show) -> None:
    await show("<a href=/orders/17>Last order</a><p>Total: 7</p><ul><li>3</li><li>5</li></ul>")
    wrong = TotalAddsUp(label="total", oracle=WHY)
    outcome = await verify(session, LinkPresent(url_template="/orders/{id}", oracle=WHY), wrong)
    assert [failure.expectation for failure in outcome.failures] == [1]
    gone = await verify(session, LinkPresent(url_template="/orders", oracle=WHY))
    assert [failure.kind for failure in gone.failures] == [FailureKind.EXPECTATION]


async def test_what_needs_a_user_is_asked_for_without_one(browser) -> None:
    def mine(asked: Asked) -> str | Answer:
        return "<p>Secret plan</p>" if "user=ann" in asked.cookies else redirect("/login")

    site = WebSite({"/mine": mine, "/open": "<p>Secret plan</p>", "/login": "<h1>Sign in</h1>"})
    expect = tuple(SignInRequired(text=text, oracle=WHY) for text in ("", "Secret plan"))
    with serve(site):
        async with new_session(browser, site.url) as session:
            await session.context.add_cookies([{"name": "user", "value": "ann", "url": site.url}])
            for path, violated in (("/mine", []), ("/open", [0, 1])):
                step = Step(id="open", action=Action.GOTO, value=path, expect=expect)
                outcome = await perform(session, step, {}, {}, timeout_s=0.3)
                assert [failure.expectation for failure in outcome.failures] == violated


async def test_a_number_that_a_field_writes_otherwise_is_still_held(session, show) -> None:
    await show("<input aria-label=Price value=12.0>")
    target = await target_of(session.page, session.page.get_by_label("Price"))
    assert (await verify(session, FieldValue(target=target, value="12", oracle=WHY))).ok
    assert not (await verify(session, FieldValue(target=target, value="12.5", oracle=WHY))).ok
