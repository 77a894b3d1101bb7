"""A helpdesk behind a login, as admin themes render it: panels, definition lists, two users."""

from typing import Any, ClassVar

from argus.services.qa.benchmark.applications.web import (
    Application,
    Bug,
    Kind,
    Request,
    Response,
    Screen,
    redirect,
    route,
)
from argus.services.qa.ir import Flow

_NOT_FOUND = (
    """{% extends "layout" %}{% block main %}<h3>There is no such page</h3>{% endblock %}"""
)

_SESSION = "helpdesk_session"


class Helpdesk(Application):
    """Each user has tickets of their own, which nobody else may see."""

    name = "helpdesk"
    users: ClassVar = {"nora": "correct horse", "piet": "battery staple"}
    bugs = (
        Bug("open_missing", Kind.ELEMENT_MISSING, Flow.CREATE),
        Bug("submit_missing", Kind.ELEMENT_MISSING, Flow.CREATE),
        Bug("delete_missing", Kind.ELEMENT_MISSING, Flow.DELETE),
        Bug("close_missing", Kind.ELEMENT_MISSING, Flow.UPDATE),
        Bug("open_ignored", Kind.NO_EFFECT, Flow.CREATE),
        Bug("revise_ignored", Kind.NO_EFFECT, Flow.UPDATE),
        Bug("delete_ignored", Kind.NO_EFFECT, Flow.DELETE),
        Bug("opened_leads_to_statistics", Kind.WRONG_PAGE, Flow.CREATE),
        Bug("deleted_leads_to_statistics", Kind.WRONG_PAGE, Flow.DELETE),
        Bug("description_is_lost", Kind.WRONG_RESULT, Flow.READ),
        Bug("error_on_revise", Kind.SERVER_ERROR, Flow.UPDATE),
        Bug("error_on_statistics", Kind.SERVER_ERROR, Flow.NAVIGATE),
        Bug("total_counts_twice", Kind.WRONG_SUM, Flow.NAVIGATE),
        Bug("anyone_reads_tickets", Kind.MISSING_AUTHORIZATION, Flow.READ),
        Bug("anonymous_reads_tickets", Kind.MISSING_AUTHORIZATION, Flow.READ),
        Bug("anonymous_sees_statistics", Kind.MISSING_AUTHORIZATION, Flow.NAVIGATE),
    )
    screens = (
        Screen("tickets", r"/tickets(\?.*)?", ("/tickets", "/tickets?state=closed")),
        Screen("ticket", r"/tickets/\d+", ("/tickets/1", "/tickets/2", "/tickets/3")),
        Screen("open", r"/tickets/open", ("/tickets/open",)),
        Screen(
            "open, refused",
            r"/tickets/open",
            ("/tickets/open",),
            press=".btn-primary",
            invalid=True,
        ),
        Screen("revise", r"/tickets/\d+/revise", ("/tickets/1/revise", "/tickets/2/revise")),
        Screen("statistics", r"/statistics", ("/statistics",)),
    )

    def __init__(self, bug: str = "") -> None:
        super().__init__(bug)
        seeds = (
            ("nora", "The printer hums", "low", "Third floor."),
            ("nora", "No network in the attic", "high", ""),
            ("nora", "New keyboard", "normal", "The old one lacks an E."),
            ("piet", "My salary", "high", "Please treat confidentially."),
        )
        self._rows: dict[int, dict[str, Any]] = {}
        for number, (owner, subject, priority, description) in enumerate(seeds, start=1):
            row = {"subject": subject, "priority": priority, "description": description}
            self._rows[number] = {"id": number, "owner": owner, "state": "open", **row}
        self._last = len(seeds)
        self.sessions: dict[str, str] = {}
        """Who is signed in by which cookie; clearing it signs everybody out."""
        self._sign_ins = 0

    @route("GET", "/")
    def home(self, _: Request) -> Response:
        return redirect("/tickets")

    @route("GET", "/login")
    def login(self, _: Request) -> Response:
        return self.page("login", title="Sign in")

    @route("POST", "/login")
    def sign_in(self, request: Request) -> Response:
        name = request.form.get("username", "")
        if name not in self.users or self.users[name] != request.form.get("password"):
            return self.page("login", title="Sign in", error="Wrong user name or password.")
        self._sign_ins += 1
        session = f"session-{self._sign_ins}"
        self.sessions[session] = name
        headers = {"Location": "/tickets", "Set-Cookie": f"{_SESSION}={session}; Path=/; HttpOnly"}
        return Response(status=303, headers=headers)

    @route("GET", "/logout")
    def sign_out(self, request: Request) -> Response:
        self.sessions.pop(request.cookies.get(_SESSION, ""), None)
        return redirect("/login")

    @route("GET", "/tickets")
    def listing(self, request: Request) -> Response:
        user = self._user(request)
        if not user:
            return redirect("/login")
        state = request.query.get("state", "open")
        rows = [row for row in self._of(user) if row["state"] == state]
        return self.page("tickets", title=f"{state.title()} tickets", user=user, rows=rows)

    @route("GET", "/statistics")
    def statistics(self, request: Request) -> Response:
        user = self._user(request)
        if not user and self.bug != "anonymous_sees_statistics":
            return redirect("/login")
        if self.bug == "error_on_statistics":
            return self.crash()
        rows = self._of(user) if user else list(self._rows.values())
        counts = dict.fromkeys(("low", "normal", "high"), 0)
        for row in rows:
            counts[row["priority"]] += 1
        total = len(rows) * (2 if self.bug == "total_counts_twice" else 1)
        return self.page("statistics", title="Statistics", user=user, counts=counts, total=total)

    @route("GET", "/tickets/open")
    def opening(self, request: Request) -> Response:
        if not (user := self._user(request)):
            return redirect("/login")
        return self.page("form", title="Open a ticket", user=user, row={"priority": "normal"})

    @route("POST", "/tickets/open")
    def open(self, request: Request) -> Response:
        if not (user := self._user(request)):
            return redirect("/login")
        row = self._read(request)
        if not row["subject"]:
            error = "A subject is required."
            return self.page("form", title="Open a ticket", user=user, row=row, error=error)
        if self.bug == "description_is_lost":
            row["description"] = ""
        if self.bug != "open_ignored":
            self._last += 1
            self._rows[self._last] = {"id": self._last, "owner": user, "state": "open", **row}
        misled = self.bug == "opened_leads_to_statistics"
        return redirect("/statistics" if misled else "/tickets")

    @route("GET", "/tickets/{}")
    def ticket(self, request: Request, number: int) -> Response:
        user = self._user(request)
        if not user and self.bug != "anonymous_reads_tickets":
            return redirect("/login")
        row = self._rows.get(number)
        open_to_all = self.bug in {"anyone_reads_tickets", "anonymous_reads_tickets"}
        if row is None or (row["owner"] != user and not open_to_all):
            return self.not_found()
        return self.page("ticket", title=row["subject"], user=user, row=row)

    @route("GET", "/tickets/{}/revise")
    def revising(self, request: Request, number: int) -> Response:
        row, user = self._mine(request, number)
        if row is None:
            return self.not_found() if user else redirect("/login")
        return self.page("form", title="Revise a ticket", user=user, row=row)

    @route("POST", "/tickets/{}/revise")
    def revise(self, request: Request, number: int) -> Response:
        row, user = self._mine(request, number)
        if row is None:
            return self.not_found() if user else redirect("/login")
        if self.bug == "error_on_revise":
            return self.crash()
        if self.bug != "revise_ignored":
            row.update(self._read(request))
        return redirect(f"/tickets/{number}")

    @route("POST", "/tickets/{}/close")
    def close(self, request: Request, number: int) -> Response:
        row, user = self._mine(request, number)
        if row is None:
            return self.not_found() if user else redirect("/login")
        row["state"] = "closed"
        return redirect(f"/tickets/{number}")

    @route("POST", "/tickets/{}/delete")
    def delete(self, request: Request, number: int) -> Response:
        row, user = self._mine(request, number)
        if row is None:
            return self.not_found() if user else redirect("/login")
        if self.bug != "delete_ignored":
            del self._rows[number]
        misled = self.bug == "deleted_leads_to_statistics"
        return redirect("/statistics" if misled else "/tickets")

    def not_found(self) -> Response:
        return Response(self.render("not_found", title="Not found"), 404)

    def _user(self, request: Request) -> str:
        return self.sessions.get(request.cookies.get(_SESSION, ""), "")

    def _of(self, user: str) -> list[dict[str, Any]]:
        return [row for row in self._rows.values() if row["owner"] == user]

    def _mine(self, request: Request, number: int) -> tuple[dict[str, Any] | None, str]:
        user = self._user(request)
        row = self._rows.get(number)
        return (row if row is not None and user and row["owner"] == user else None), user

    @staticmethod
    def _read(request: Request) -> dict[str, str]:
        keys = ("subject", "priority", "description")
        return {key: request.form.get(key, "").strip() for key in keys}
