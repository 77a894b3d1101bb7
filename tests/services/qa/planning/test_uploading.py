"""A form that wants a file: learnt with one that was made up for it."""

import re
from collections.abc import Generator

import pytest
from playwright.async_api import Browser

from argus.services.qa.browser.session import new_session
from argus.services.qa.discovery.site import FieldKind
from argus.services.qa.ir import Action
from argus.services.qa.planning.fields import Unfillable, entries
from argus.services.qa.planning.learning import learn
from argus.services.qa.planning.recorder import Recorder
from services.qa.planning.conftest import Builders
from support.exploring import site_of_form
from support.website import Answer, Asked, WebSite, redirect, serve

SHOWN = "<label>Sheet <input type=file name=sheet accept=.csv required></label>"
STYLED_AWAY = """<label for=sheet>Sheet</label>
    <input type=file id=sheet name=sheet accept=.csv required style="display:none">"""


class Reports:
    """Reports of a title and a sheet, neither of which may be missing."""

    def __init__(self) -> None:
        self.field = SHOWN
        self.titles: list[str] = []
        self.sheets: list[tuple[str, str]] = []
        self.site = WebSite({"/": self.listed, "/*": self.delete})

    def listed(self, asked: Asked) -> str | Answer:
        if asked.method == "POST":
            title = re.search(r'name="title"\r\n\r\n(.*?)\r\n', asked.body)
            sheet = re.search(r'filename="(.*?)"\r\n.*?\r\n\r\n(.*?)\r\n--', asked.body, re.DOTALL)
            if title is None or sheet is None or not (title[1] and sheet[1]):
                return Answer(f"<p role=alert>Something is missing</p>{self._form()}", status=422)
            self.titles.append(title[1])
            self.sheets.append((sheet[1], sheet[2]))
            return redirect("/")
        rows = "".join(
            f"<tr><td>{title}<td><form method=post action=/{number}><button>Delete</button></form>"
            for number, title in enumerate(self.titles)
            if title
        )
        return f"<h1>Reports</h1><table>{rows}</table>{self._form()}"

    def delete(self, asked: Asked) -> Answer:
        self.titles[int(asked.path[1:])] = ""
        return redirect("/")

    def _form(self) -> str:
        return (
            "<form method=post enctype=multipart/form-data>"
            f"<label>Title <input name=title required></label>{self.field}<button>Save</button>"
        )


@pytest.fixture
def reports() -> Generator[Reports]:
    application = Reports()
    with serve(application.site):
        yield application


async def ignore(_message: str) -> None:
    pass


@pytest.mark.parametrize("field", [SHOWN, STYLED_AWAY], ids=["shown", "styled away"])
async def test_a_record_is_made_with_a_file_of_the_kind_that_the_form_wants(
    browser: Browser, reports: Reports, field: str
) -> None:
    reports.field = field
    async with new_session(browser, reports.site.url) as session:
        session.dialogs = "accept"
        await session.goto("/")
        site = await site_of_form(session, -1, "reports")
        hand = Recorder(session, {}, {}, float("inf"))
        life = await learn(hand, site.forms[0], site, 1, "learn", ignore)
    [step] = [each for each in life.create if each.action is Action.UPLOAD]
    assert step.value == "acorn.csv"
    assert set(reports.sheets) == {("acorn.csv", "name,amount\nacorn,1\n")}
    assert life.delete
    assert not any(reports.titles), "what was learnt with is deleted"


def test_a_file_that_is_not_required_is_left_out_and_one_of_a_strange_kind_cannot_be_made(
    build: Builders,
) -> None:
    optional = build.form(build.field("Title"), build.field("Film", FieldKind.FILE))
    assert [entry.name for entry in entries(optional)] == ["title"]
    film = build.field("Film", FieldKind.FILE, accept="video/*", required=True)
    with pytest.raises(Unfillable, match="Film is required"):
        entries(build.form(build.field("Title"), film))
