"""What discovery reads of a page's forms."""

import pytest

from argus.services.qa.browser.session import Session
from argus.services.qa.discovery.digest import read_digest

DIALOG = """<dialog open><form method=dialog><input name=a><button type=button>Save</button>
<button type=button>Close</button></form></dialog>"""


@pytest.mark.parametrize(
    ("form", "method", "buttons"),
    [
        ("<form action=/find><input name=q><button>Find</button></form>", "GET", ["Find"]),
        ("<form method=post><input name=a><button>Send</button></form>", "POST", ["Send"]),
        ("<form><input name=a><button>Send</button></form><script></script>", "POST", ["Send"]),
        ("<form onsubmit=go()><input name=a><button>Send</button></form>", "POST", ["Send"]),
        ("<form><input name=a><button>Send</button></form>", "GET", ["Send"]),
        (DIALOG, "POST", ["Save"]),
    ],
)
async def test_a_form_without_a_declared_way_may_change_something_where_a_script_may_send_it(
    show, session: Session, form: str, method: str, buttons: list[str]
) -> None:
    await show(form)
    (seen,) = (await read_digest(session)).forms
    assert (seen.method, [button.name for button in seen.submits]) == (method, buttons)


async def test_a_field_that_searches_choices_is_no_field_of_the_record(
    show, session: Session
) -> None:
    await show("""<form method=post><label>Name <input name=n></label>
      <input type=search aria-label='Search books'><button>Save</button></form>""")
    (seen,) = (await read_digest(session)).forms
    assert (seen.search, [field.label for field in seen.fields]) == (False, ["Name"])


async def test_an_icon_is_called_what_its_style_says(show, session: Session) -> None:
    await show("""<style>i::before { content: "\\f0b0" / "Filters" }</style>
      <button><i></i></button>""")
    assert [action.name for action in (await read_digest(session)).actions] == ["Filters"]


async def test_a_button_beside_choices_is_no_button_of_a_form(show, session: Session) -> None:
    await show("""<main><button>Add boat</button><select aria-label=Sort><option>Name</select>
      <table><tr><td>Auk<td><select aria-label=Kind><option>Sail</select></table></main>""")
    seen = await read_digest(session)
    assert seen.forms == ()
    assert [action.name for action in seen.actions] == ["Add boat"]


async def test_in_a_dialog_the_button_that_waits_for_input_submits_it(
    show, session: Session
) -> None:
    await show("""<div role=dialog><h2>New study</h2>
      <div><div><label>Study name <input></label></div></div>
      <fieldset><div role=combobox tabindex=0>Least</div>
        <input aria-hidden=true value=least></fieldset>
      <div><button type=button>Add</button><button type=button disabled>Remove</button></div>
      <div><button type=button>Cancel</button><button type=button disabled>Create</button></div>
      </div>""")
    (form,) = (await read_digest(session)).forms
    assert (form.name, form.implicit) == ("New study", False)
    assert [field.label for field in form.fields] == ["Study name"]
    assert form.submits[0].name == "Create"
