"""What scripts draw: lists of options, a calendar, a dialog, a question, a box saved at once."""

import asyncio
import json
from collections.abc import Iterable

import pytest
from playwright.async_api import Browser

from argus.services.qa.browser.elements import Element
from argus.services.qa.browser.session import Session, new_session
from argus.services.qa.discovery.explore import AutoDiscovery
from argus.services.qa.discovery.site import DiscoveryRequest, FieldKind
from argus.services.qa.execution.perform import perform
from argus.services.qa.execution.values import make_values
from argus.services.qa.ir import Phase, Test
from argus.services.qa.planning.arranging import NARROWS, narrowing_test
from argus.services.qa.planning.composition import DECLINED_KEEPS, READS_BACK, compose
from argus.services.qa.planning.learning import learn
from argus.services.qa.planning.moving import MOVES_ON
from argus.services.qa.planning.moving_in_rows import learn_row_moves
from argus.services.qa.planning.picking import day_of
from argus.services.qa.planning.recorder import CLOSES, Recorder
from argus.services.qa.planning.refusing import learn_refusals
from argus.services.qa.target import Fingerprint
from support.website import Answer, Asked, WebSite, serve

BUDGET_S = 120.0
PAGE = """<!doctype html><title>Trips</title><body><script>
let trips = [], edited = null, form = null, open = "", asked = null, only = ""
const pad = (number) => String(number).padStart(2, "0")
const month = new Date().toISOString().slice(0, 7)
const list = (...options) => `<div role=listbox>${options.map((each) =>
  `<div role=option>${each}</div>`).join("")}</div>`
const options = () => open === "harbour" ? list("Kiel", "Oslo")
  : open === "day" ? `<div role=dialog aria-label=Days>${[...Array(28).keys()].map((day) =>
    `<button type=button data-day=${day + 1} aria-label="${day + 1} of ${month}">${
      day + 1}</button>`).join("")}</div>` : ""
const load = async () => { trips = await (await fetch("/api/list")).json(); show() }
function show() {
  document.body.innerHTML = `<h1>Trips</h1><button data-edit>Add trip</button>
    <button role=combobox data-open=only aria-label="Which harbour">${only || "All"}</button>
    ${open === "only" ? list("All", "Kiel", "Oslo") : ""}
    <table>${trips.filter((trip) => !only || trip.harbour === only).map(
    (trip) => `<tr data-id=${trip.id}><td>${trip.name}<td>${trip.harbour}
      <td><input type=checkbox aria-label=Paid ${trip.paid ? "checked" : ""}>
      <td><button data-edit>Edit</button> <button data-delete>Delete</button>`).join("")}</table>
    ${asked ? `<div role=alertdialog style="position:fixed;z-index:3;top:250px">Sure?
      <button data-no>Cancel</button> <button data-yes>Delete</button></div>` : ""}
    ${form ? `<div role=dialog aria-label=Trip style="position:fixed;z-index:2;top:150px"><form>
      <label>Name <input name=name></label>
      <button type=button data-open=harbour role=combobox aria-haspopup=listbox aria-label=Harbour
        >${form.harbour || "Choose"}</button>
      <button type=button data-open=day aria-haspopup=dialog aria-label=Date>${
        form.day || "Pick"}</button>
      ${options()}<p role=alert>${form.error || ""}</p><button>Save</button></form></div>` : ""}`
  if (form) document.querySelector("[name=name]").value = form.name || ""
}
onclick = async ({target}) => {
  const {dataset} = target, id = target.closest("tr")?.dataset.id
  if (form) form.name = document.querySelector("[name=name]").value
  if ("edit" in dataset) { edited = id; form = {...trips.find((trip) => String(trip.id) === id)} }
  else if ("open" in dataset) open = dataset.open
  else if ("day" in dataset) { form.day = month + "-" + pad(dataset.day); open = "" }
  else if (target.role === "option" && !form) {
    only = target.textContent.replace("All", ""); open = ""
  } else if (target.role === "option") { form.harbour = target.textContent; open = "" }
  else if ("delete" in dataset) asked = id
  else if ("no" in dataset) asked = null
  else if ("yes" in dataset) {
    await fetch("/api/delete/" + asked, {method: "POST"})
    asked = null
    await load()
  }
  else return
  show()
}
onchange = async ({target}) => {
  if (target.type !== "checkbox") return
  const paid = target.checked ? "yes" : ""
  await fetch("/api/pay/" + target.closest("tr").dataset.id, {method: "POST", body: paid})
}
onkeydown = ({key}) => { if (key === "Escape") { form = null; open = ""; show() } }
onsubmit = async (event) => {
  event.preventDefault()
  form.name = document.querySelector("[name=name]").value
  form.error = form.name && form.harbour && form.day ? "" : "Something is missing"
  if (form.error) { show(); return }
  const body = JSON.stringify(form)
  await fetch(edited ? "/api/change/" + edited : "/api/add", {method: "POST", body})
  form = null
  await load()
}
load()
</script>"""


WRONG = {
    "dialog": ("  form = null\n  await load()", "  await load()"),
    "question": (
        """if ("no" in dataset) asked = null""",
        """if ("no" in dataset) {
      await fetch("/api/delete/" + asked, {method: "POST"}); asked = null; await load() }""",
    ),
    "filter": ("!only || trip.harbour === only", "true"),
}


class Trips:
    """Trips, each with a harbour and a day; `wrong` is what goes wrong or is kept otherwise."""

    def __init__(self) -> None:
        trip = {"name": "Sound", "day": "2026-05-01", "paid": ""}
        self.trips = {
            "a": {"id": "a", "harbour": "Kiel", **trip},
            "b": {"id": "b", "harbour": "Oslo", **trip},
        }
        self.wrong = ""
        self._made = 0

    def page(self, _: Asked) -> str:
        return PAGE.replace(*WRONG.get(self.wrong, ("", "")))

    def api(self, asked: Asked) -> str | Answer:
        _, what, *rest = asked.path.removeprefix("/api").split("/")
        if what == "delete":
            del self.trips[rest[0]]
        elif what == "pay":
            if self.wrong != "pay":
                self.trips[rest[0]]["paid"] = asked.body
        elif what != "list":
            self._made += what == "add"
            number = rest[0] if rest else str(self._made)
            trip = {"paid": "", **json.loads(asked.body), "id": number}
            if self.wrong == "harbour":
                trip["harbour"] = "Bergen"
            if self.wrong == "day":
                trip["day"] = trip["day"][:-2] + "14"
            self.trips[number] = trip
        return json.dumps([*self.trips.values()])


async def failures(session: Session, test: Test, nonce: str) -> list[str]:
    """The oracles that the first failing step of the test violates."""
    values = make_values(test.variables, 1, nonce)
    found: list[str] = []
    for step in test.steps:
        if not found or step.phase is Phase.CLEANUP:
            outcome = await perform(session, step, values, {}, timeout_s=5)
            values |= outcome.kept
            found = found or [failure.oracle for failure in outcome.failures]
    return found


async def ignore(*_: object) -> None:
    pass


async def test_what_scripts_draw_is_filled_in_pressed_and_told_from_what_is_wrong(
    browser: Browser,
) -> None:
    app = Trips()
    with serve(WebSite({"/": app.page, "/api/*": app.api})) as site:
        seen = await AutoDiscovery(browser, ignore).work(
            DiscoveryRequest(app_url=site.url), BUDGET_S
        )
        (form,) = [each for each in seen.forms if not each.implicit]
        assert [each.kind for each in form.fields] == [
            FieldKind.TEXT,
            FieldKind.CHOICE,
            FieldKind.CALENDAR,
        ]
        async with new_session(browser, site.url) as session:
            deadline = asyncio.get_running_loop().time() + BUDGET_S

            def hand() -> Recorder:
                return Recorder(session, {}, {}, deadline)

            life = await learn(hand(), form, seen, 1, "first", ignore)
            life = await learn_refusals(hand(), form, seen.states, life, 1, "second")
            life = await learn_row_moves(hand(), life, 1, "third")
            narrow = await narrowing_test(hand(), seen.collections[0], seen.forms)
            assert narrow is not None
            assert app.trips.keys() == {"a", "b"}
            tests = {test.name: test for test in (*compose(life), narrow)}
            assert "A trip without a harbour is refused" in tests
            for wrong, name, oracle in (
                ("harbour", "Read a trip", READS_BACK),
                ("day", "Read a trip", READS_BACK),
                ("dialog", "Create a trip", CLOSES),
                ("dialog", "Update a trip", CLOSES),
                ("question", "Ask before deleting a trip", DECLINED_KEEPS),
                ("pay", 'Press "check" in the row of a trip', MOVES_ON),
                ("filter", narrow.name, NARROWS),
            ):
                app.wrong = ""
                assert await failures(session, tests[name], f"{wrong} right") == []
                app.wrong = wrong
                assert await failures(session, tests[name], f"{wrong} wrong") == [oracle]


def day(number: int) -> Element:
    return Element(
        ref=number,
        fingerprint=Fingerprint(tag="button", text=str(number)),
        visible=True,
        interactive=True,
        enabled=True,
        editable=False,
        in_viewport=True,
        value="",
        checked=False,
        options=(),
        row_text="",
    )


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        (range(1, 32), "15"),
        (range(12, 32), "28"),
        (range(1, 20), "1"),
        (range(1, 4), None),
    ],
)
def test_the_chosen_day_is_one_that_is_offered_on_other_days_as_well(
    offered: Iterable[int], chosen: str | None
) -> None:
    found = day_of(map(day, offered))
    assert (found and found.fingerprint.text) == chosen
