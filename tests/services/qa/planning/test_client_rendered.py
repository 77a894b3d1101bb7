"""The life of records that scripts show: changed in a dialog, moved in their row, told by tabs."""

import asyncio
import json
from itertools import count

from playwright.async_api import Browser

from argus.services.qa.browser.session import Session, new_session
from argus.services.qa.discovery.explore import AutoDiscovery
from argus.services.qa.discovery.site import DiscoveryRequest
from argus.services.qa.execution.perform import perform
from argus.services.qa.execution.values import make_values
from argus.services.qa.ir import Phase, Test
from argus.services.qa.planning.arranging import COUNTS, NARROWS, narrowing_test
from argus.services.qa.planning.composition import (
    CHANGED_IS_LISTED,
    OLD_VALUE_IS_GONE,
    SHOWS_AT_ONCE,
    compose,
)
from argus.services.qa.planning.learning import learn
from argus.services.qa.planning.moving import MOVES_ON
from argus.services.qa.planning.moving_in_rows import learn_row_moves
from argus.services.qa.planning.recorder import CLOSES, Recorder
from support.website import Answer, Asked, WebSite, serve

PAGE = """<!doctype html><title>Boats</title><style>dialog{z-index:2}</style><body><script>
const STAGES = ["Dry", "Afloat", "Sold"]
let boats = [], tab = "All", edited = null
const api = async (path, values) => {
  await fetch("/api/" + path, {method: "POST", body: new URLSearchParams(values)}); }
const load = async () => { boats = await (await fetch("/api/boats")).json(); show() }
const shown = (stage) => boats.filter((boat) => stage === "All" || boat.stage === stage)
function show() {
  const opened = boats.find((boat) => location.hash === "#/boats/" + boat.id)
  document.body.innerHTML = opened ? `<h1>${opened.name}</h1><a href="#/">Back</a>` : `
    <h1>Boats</h1><p>${["All", ...STAGES].map((stage) =>
      `<button role=tab data-tab=${stage}>${stage} (${shown(stage).length})</button>`).join("")}</p>
    <table>${shown(tab).map((boat) => `<tr data-id=${boat.id}>
      <td><a href="#/boats/${boat.id}">${boat.name}</a><td><span style="cursor:pointer" data-crew>${
        boat.crew}.0</span><td><select aria-label=Stage>${STAGES.map(
        (stage) => `<option ${stage === boat.stage ? "selected" : ""}>${stage}`).join("")}</select>
      <td><button data-edit>Edit</button> <button data-delete>Delete</button>`).join("")}</table>
    <button data-edit>Add boat</button><dialog aria-label=Boat><form>
      <label>Name <input name=name></label> <label>Crew <input name=crew type=number></label>
      <button>Save</button></form></dialog>`
}
onhashchange = show
onclick = async ({target}) => {
  const boat = boats.find((boat) => target.closest("tr")?.dataset.id === String(boat.id))
  if ("crew" in target.dataset) target.outerHTML = `<input aria-label=Crew value=${boat.crew}>`
  if ("tab" in target.dataset) { tab = target.dataset.tab; show() }
  if ("edit" in target.dataset) {
    edited = boat
    document.querySelector("[name=name]").value = boat?.name ?? ""
    document.querySelector("[name=crew]").value = boat?.crew ?? ""
    document.querySelector("dialog").showModal()
  }
  if ("delete" in target.dataset && confirm("Delete?")) {
    await api("delete", {id: boat.id})
    boats = boats.filter((other) => other !== boat); show()
  }
}
onkeydown = async ({key, target}) => {
  if (key !== "Enter" || !target.closest("tr")) return
  await api("crew", {id: target.closest("tr").dataset.id, crew: target.value})
  await load()
}
onchange = async ({target}) => {
  if (target.localName !== "select") return
  const id = target.closest("tr").dataset.id
  boats.find((boat) => String(boat.id) === id).stage = target.value
  await api("move", {id, stage: target.value}); show()
}
onsubmit = async (event) => {
  event.preventDefault()
  const values = Object.fromEntries(new FormData(event.target))
  if (!edited) { await api("add", values); await load(); return }
  await api("rename", {id: edited.id, ...values})
  Object.assign(edited, values); show()
}
load()
</script>"""


class Boats:
    """Boats that a page without a reload shows; `forgets` is what does not work."""

    def __init__(self) -> None:
        self.boats = [
            {"id": number, "name": name, "crew": "7", "stage": stage}
            for number, (name, stage) in enumerate([("Auk", "Dry"), ("Tern", "Sold")], start=1)
        ]
        self.forgets = ""

    def page(self, _: Asked) -> str:
        if self.forgets == "filter":
            return PAGE.replace("shown(tab)", "boats")
        return PAGE.replace("await load(); return", "return") if self.forgets == "list" else PAGE

    def api(self, asked: Asked) -> str | Answer:
        what, form = asked.path.rpartition("/")[2], asked.form
        if what == "add":
            number = max(int(str(boat["id"])) for boat in self.boats) + 1
            self.boats.append({"id": number, **form, "stage": "Dry"})
        elif what == "delete":
            self.boats = [boat for boat in self.boats if str(boat["id"]) != form["id"]]
        elif what in {"rename", "move", "crew"} and what != self.forgets:
            boat = next(each for each in self.boats if str(each["id"]) == form["id"])
            boat |= {key: value for key, value in form.items() if key != "id"}
        return json.dumps(self.boats)


BUDGET_S = 120.0
_numbers = count()


async def ignore(*_: object) -> None:
    pass


async def failures(session: Session, test: Test) -> list[str]:
    """The oracles that the first failing step of the test violates."""
    values = make_values(test.variables, 1, f"run-{next(_numbers)}")
    for step in test.steps:
        if step.phase is not Phase.CLEANUP:
            outcome = await perform(session, step, values, {}, timeout_s=20)
            if not outcome.ok:
                return [failure.oracle for failure in outcome.failures]
    return []


async def test_what_scripts_show_is_changed_moved_and_told_apart(browser: Browser) -> None:
    app = Boats()
    with serve(WebSite({"/": app.page, "/api/*": app.api})) as site:
        seen = await AutoDiscovery(browser, ignore).work(
            DiscoveryRequest(app_url=site.url), BUDGET_S
        )
        async with new_session(browser, site.url) as session:
            session.dialogs = "accept"
            deadline = asyncio.get_running_loop().time() + BUDGET_S

            def hand() -> Recorder:
                return Recorder(session, {}, {}, deadline)

            (form,) = seen.forms
            assert [field.value for field in form.fields] == [
                "",
                "",
            ]  # though rows' "Edit" is first
            life = await learn(hand(), form, seen, 1, "first", ignore)
            life = await learn_row_moves(hand(), life, 1, "second")
            narrow = await narrowing_test(hand(), seen.collections[0], seen.forms)
            assert narrow is not None
            assert [boat["name"] for boat in app.boats] == ["Auk", "Tern"]
            tests = {test.name: test for test in (*compose(life), narrow)}
            create, update, delete, moved = (
                tests[name]
                for name in (
                    "Create a boat",
                    "Update a boat",
                    "Delete a boat",
                    'Press "crew > Afloat > Sold" in the row of a boat',
                )
            )
            assert await failures(session, delete) == []
            app.forgets = "rename"
            assert await failures(session, update) == [CHANGED_IS_LISTED, OLD_VALUE_IS_GONE]
            for app.forgets in ("move", "crew"):
                assert await failures(session, moved) == [MOVES_ON]
            app.forgets = "list"
            assert await failures(session, create) == [CLOSES, SHOWS_AT_ONCE]
            app.forgets = "filter"
            assert set(await failures(session, narrow)) == {NARROWS, COUNTS}
