"""An address book as servers render it: tables, labelled fields, a page for each action."""

from typing import Any

from argus.services.qa.benchmark.applications.web import (
    Application,
    Bug,
    Kind,
    Request,
    Response,
    Screen,
    matching,
    redirect,
    route,
)
from argus.services.qa.ir import Flow

_CITIES = ("Lisbon", "Oslo", "Quito", "Turin")


class Contacts(Application):
    """Contacts are listed, searched, opened, changed, and deleted after a confirmation."""

    name = "contacts"
    bugs = (
        Bug("new_link_missing", Kind.ELEMENT_MISSING, Flow.CREATE),
        Bug("save_missing", Kind.ELEMENT_MISSING, Flow.CREATE),
        Bug("edit_link_missing", Kind.ELEMENT_MISSING, Flow.UPDATE),
        Bug("delete_link_missing", Kind.ELEMENT_MISSING, Flow.DELETE),
        Bug("create_ignored", Kind.NO_EFFECT, Flow.CREATE),
        Bug("update_ignored", Kind.NO_EFFECT, Flow.UPDATE),
        Bug("delete_ignored", Kind.NO_EFFECT, Flow.DELETE),
        Bug("created_leads_home", Kind.WRONG_PAGE, Flow.CREATE),
        Bug("search_ignores_words", Kind.WRONG_RESULT, Flow.SEARCH),
        Bug("search_wants_whole_names", Kind.WRONG_RESULT, Flow.SEARCH),
        Bug("phone_not_stored", Kind.WRONG_RESULT, Flow.READ),
        Bug("nameless_accepted", Kind.WRONG_RESULT, Flow.VALIDATE),
        Bug("error_on_update", Kind.SERVER_ERROR, Flow.UPDATE),
        Bug("error_on_detail", Kind.SERVER_ERROR, Flow.READ),
    )
    screens = (
        Screen("list", r"/contacts(\?.*)?", ("/contacts", "/contacts?q=Ada", "/contacts?q=-")),
        Screen("new", r"/contacts/new", ("/contacts/new",)),
        Screen("new, refused", r"/contacts/new", ("/contacts/new",), press="#save", invalid=True),
        Screen("detail", r"/contacts/\d+", ("/contacts/1", "/contacts/2", "/contacts/3")),
        Screen("edit", r"/contacts/\d+/edit", ("/contacts/1/edit", "/contacts/2/edit")),
        Screen("delete", r"/contacts/\d+/delete", ("/contacts/1/delete", "/contacts/3/delete")),
        Screen("groups", r"/groups", ("/groups",)),
        Screen("about", r"/about", ("/about",)),
    )

    def __init__(self, bug: str = "") -> None:
        super().__init__(bug)
        seeds = (
            ("Ada Lovelace", "ada@example.org", "555 0101", "Turin"),
            ("Grace Hopper", "grace@example.org", "555 0102", "Oslo"),
            ("Mary Somerville", "", "", "Lisbon"),
        )
        keys = ("name", "email", "phone", "city")
        self._rows: dict[int, dict[str, Any]] = {
            number: {"id": number, **dict(zip(keys, seed, strict=True))}
            for number, seed in enumerate(seeds, start=1)
        }
        self._last = len(self._rows)

    @route("GET", "/")
    def home(self, _: Request) -> Response:
        return redirect("/contacts")

    @route("GET", "/contacts")
    def listing(self, request: Request) -> Response:
        query = request.query.get("q", "")
        words = "" if self.bug == "search_ignores_words" else query
        found = matching(self._rows.values(), words)
        if self.bug == "search_wants_whole_names" and query:
            found = [row for row in found if row["name"] == query]
        rows = sorted(found, key=lambda row: str(row["name"]))
        return self.page("list", rows=rows, query=query)

    @route("GET", "/groups")
    def groups(self, _: Request) -> Response:
        lines = [f"{city}: {len(matching(self._rows.values(), city))}" for city in _CITIES]
        return self.page("text", heading="Groups", lines=lines)

    @route("GET", "/about")
    def about(self, _: Request) -> Response:
        return self.page("text", heading="About", lines=["An address book.", "Version 1"])

    @route("GET", "/contacts/new")
    def new(self, _: Request) -> Response:
        return self._form("New contact", "/contacts/new", {})

    @route("POST", "/contacts/new")
    def create(self, request: Request) -> Response:
        row = _row(request)
        if not row["name"] and self.bug != "nameless_accepted":
            return self._form("New contact", "/contacts/new", row, "Name is required.")
        if self.bug == "phone_not_stored":
            row["phone"] = ""
        if self.bug != "create_ignored":
            self._last += 1
            self._rows[self._last] = {"id": self._last, **row}
        return redirect("/about" if self.bug == "created_leads_home" else "/contacts")

    @route("GET", "/contacts/{}")
    def detail(self, _: Request, number: int) -> Response:
        if number not in self._rows:
            return self.not_found()
        if self.bug == "error_on_detail":
            return self.crash()
        return self.page("detail", row=self._rows[number])

    @route("GET", "/contacts/{}/edit")
    def edit(self, _: Request, number: int) -> Response:
        if number not in self._rows:
            return self.not_found()
        return self._form("Edit contact", f"/contacts/{number}/edit", self._rows[number])

    @route("POST", "/contacts/{}/edit")
    def update(self, request: Request, number: int) -> Response:
        if number not in self._rows:
            return self.not_found()
        row = _row(request)
        if not row["name"]:
            return self._form("Edit contact", request.path, row, "Name is required.")
        if self.bug == "error_on_update":
            return self.crash()
        if self.bug != "update_ignored":
            self._rows[number] = {"id": number, **row}
        return redirect(f"/contacts/{number}")

    @route("GET", "/contacts/{}/delete")
    def confirm(self, _: Request, number: int) -> Response:
        if number not in self._rows:
            return self.not_found()
        return self.page("delete", row=self._rows[number])

    @route("POST", "/contacts/{}/delete")
    def delete(self, _: Request, number: int) -> Response:
        if self.bug != "delete_ignored":
            self._rows.pop(number, None)
        return redirect("/contacts")

    def _form(self, heading: str, action: str, row: dict[str, Any], error: str = "") -> Response:
        return self.page(
            "form", heading=heading, action=action, row=row, error=error, cities=_CITIES
        )


def _row(request: Request) -> dict[str, Any]:
    return {key: request.form.get(key, "").strip() for key in ("name", "email", "phone", "city")}
