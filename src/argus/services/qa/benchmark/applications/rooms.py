"""Bookings of rooms as scripts in the browser render them: one page, a dialog, an API of JSON."""

import json
from typing import Any

from argus.services.qa.benchmark.applications.web import (
    Application,
    Bug,
    Kind,
    Request,
    Response,
    Screen,
    route,
)
from argus.services.qa.ir import Flow

_RATES = {"Attic": 60, "Garden": 85, "Tower": 120}


class Rooms(Application):
    """Bookings are made and changed in a dialog; their price is nights times the room's rate."""

    name = "rooms"
    bugs = (
        Bug("save_missing", Kind.ELEMENT_MISSING, Flow.CREATE),
        Bug("change_missing", Kind.ELEMENT_MISSING, Flow.UPDATE),
        Bug("delete_missing", Kind.ELEMENT_MISSING, Flow.DELETE),
        Bug("create_ignored", Kind.NO_EFFECT, Flow.CREATE),
        Bug("change_ignored", Kind.NO_EFFECT, Flow.UPDATE),
        Bug("delete_ignored", Kind.NO_EFFECT, Flow.DELETE),
        Bug("saved_leads_to_help", Kind.WRONG_PAGE, Flow.CREATE),
        Bug("guest_is_cut", Kind.WRONG_RESULT, Flow.CREATE),
        Bug("change_makes_another", Kind.WRONG_RESULT, Flow.UPDATE),
        Bug("guestless_accepted", Kind.WRONG_RESULT, Flow.VALIDATE),
        Bug("error_on_create", Kind.SERVER_ERROR, Flow.CREATE),
        Bug("error_on_delete", Kind.SERVER_ERROR, Flow.DELETE),
        Bug("total_is_of_first", Kind.WRONG_SUM, Flow.NAVIGATE),
    )
    screens = (
        Screen("bookings", r"/(#/)?", ("/", "/#/")),
        Screen("booking", r"/(#/)?", ("/",), press="button.add", dialog=True),
        Screen("booking", r"/(#/)?", ("/",), press="li:nth-child(2) button", dialog=True),
        Screen("rooms", r"/#/rooms", ("/#/rooms",)),
        Screen("help", r"/#/help", ("/#/help",)),
    )

    def __init__(self, bug: str = "") -> None:
        super().__init__(bug)
        seeds = (("Irene", 2, "Attic"), ("Tomas", 1, "Tower"))
        self._bookings: dict[int, dict[str, Any]] = {
            number: _booking(number, *seed) for number, seed in enumerate(seeds, start=1)
        }
        self._last = len(seeds)

    @route("GET", "/")
    def home(self, _: Request) -> Response:
        return self.page("page")

    @route("GET", "/api/rooms")
    def rooms(self, _: Request) -> Response:
        return _json({"rooms": [{"name": name, "rate": rate} for name, rate in _RATES.items()]})

    @route("GET", "/api/bookings")
    def listing(self, _: Request) -> Response:
        bookings = list(self._bookings.values())
        added = bookings[:1] if self.bug == "total_is_of_first" else bookings
        return _json({"bookings": bookings, "total": sum(each["price"] for each in added)})

    @route("POST", "/api/bookings")
    def create(self, request: Request) -> Response:
        if problem := self._problem(request):
            return _json({"problem": problem})
        if self.bug == "error_on_create":
            return self.crash()
        guest = request.form["guest"].strip()
        if self.bug == "guest_is_cut":
            guest = guest[:4]
        self._last += 1
        made = _booking(self._last, guest, int(request.form["nights"]), request.form["room"])
        if self.bug != "create_ignored":
            self._bookings[self._last] = made
        return _json(made)

    @route("PUT", "/api/bookings/{}")
    def change(self, request: Request, number: int) -> Response:
        if number not in self._bookings:
            return self.not_found()
        if problem := self._problem(request):
            return _json({"problem": problem})
        if self.bug == "change_makes_another":
            self._last += 1
            number = self._last
        nights, room = int(request.form["nights"]), request.form["room"]
        changed = _booking(number, request.form["guest"].strip(), nights, room)
        if self.bug != "change_ignored":
            self._bookings[number] = changed
        return _json(changed)

    @route("DELETE", "/api/bookings/{}")
    def delete(self, _: Request, number: int) -> Response:
        if self.bug == "error_on_delete":
            return self.crash()
        if self.bug != "delete_ignored":
            self._bookings.pop(number, None)
        return _json({})

    def _problem(self, request: Request) -> str:
        if not request.form.get("guest", "").strip() and self.bug != "guestless_accepted":
            return "Guest is required."
        nights = request.form.get("nights", "")
        if not nights.isdecimal() or not 1 <= int(nights) <= 30:
            return "Nights must be 1 to 30."
        return "" if request.form.get("room") in _RATES else "Choose a room."


def _booking(number: int, guest: str, nights: int, room: str) -> dict[str, Any]:
    price = nights * _RATES[room]
    return {"id": number, "guest": guest, "nights": nights, "room": room, "price": price}


def _json(content: dict[str, Any]) -> Response:
    return Response(json.dumps(content), media_type="application/json")
