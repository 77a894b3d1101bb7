"""The seeded applications answer, redesign, and break in exactly the way that is asked for."""

import re
from collections.abc import Iterable

import httpx
import pytest

from argus.services.qa.benchmark.applications import FAMILY
from argus.services.qa.benchmark.applications.contacts import Contacts
from argus.services.qa.benchmark.applications.web import (
    Application,
    Disconnect,
    Request,
    Response,
    serving,
)
from argus.services.qa.benchmark.redesign import Look, Redesign

EVERY_BUG = [(application, bug.name) for application in FAMILY for bug in application.bugs]
CONTACT = {"name": "Zoe", "email": "zoe@example.org", "phone": "555 0199", "city": "Oslo"}
PRODUCT = {"title": "Soap", "price": "2.5", "stock": "9", "product": "2"}
BOOKING = {"guest": "Penelope", "nights": "3", "room": "Tower"}
TICKET = {"subject": "Loud fan", "priority": "high", "description": "In the hall."}
NEW = CONTACT | PRODUCT | BOOKING | TICKET
BAD = NEW | {"name": "", "price": "-1", "guest": "", "subject": ""}
PATHS = {
    "contacts": ["/contacts", "/contacts?q=Ada", "/groups", "/contacts/new", "/contacts/1"],
    "shop": ["/", "/products", "/cart", "/products/add", "/products/1"],
    "rooms": ["/", "/api/bookings", "/api/rooms"],
    "helpdesk": ["/tickets", "/statistics", "/tickets/open", "/tickets/1", "/tickets/4"],
}
SENT = {
    "contacts": [("/contacts/new", NEW), ("/contacts/new", BAD), ("/contacts/1/edit", NEW)],
    "shop": [("/products/add", NEW), ("/products/add", BAD), ("/products/1/change", NEW)],
    "rooms": [("/api/bookings", NEW), ("/api/bookings", BAD)],
    "helpdesk": [("/tickets/open", NEW), ("/tickets/open", BAD), ("/tickets/1/revise", NEW)],
}
REMOVED = {
    "contacts": ("POST", "/contacts/2/delete"),
    "shop": ("POST", "/products/2/remove"),
    "rooms": ("DELETE", "/api/bookings/2"),
    "helpdesk": ("POST", "/tickets/2/delete"),
}


def session(application: Application) -> dict[str, str]:
    for name, password in [*application.users.items()][:1]:
        form = {"username": name, "password": password}
        answer = application.handle(Request("POST", "/login", form=form))
        key, _, value = answer.headers["Set-Cookie"].partition(";")[0].partition("=")
        return {key: value}
    return {}


def looked_at(application: Application, cookies: dict[str, str]) -> Iterable[Response]:
    name = application.name
    created = {"contacts": "/contacts/4", "shop": "/products/4", "helpdesk": "/tickets/5"}
    for address in [*PATHS[name], *([created[name]] if name in created else [])]:
        path, _, query = address.partition("?")
        asked = dict([query.split("=")]) if query else {}
        yield application.handle(Request("GET", path, asked, cookies=cookies))


def transcript(application: Application) -> list[Response]:
    """What the application says to somebody who tries everything, and to nobody."""
    cookies, name = session(application), application.name
    answers = [*looked_at(application, cookies), *looked_at(application, {})]
    for path, form in SENT[name]:
        answers.append(application.handle(Request("POST", path, form=form, cookies=cookies)))
        answers += looked_at(application, cookies)
    if name == "shop":
        answers.append(application.handle(Request("POST", "/cart", form=NEW)))
        answers += looked_at(application, cookies)
    if name == "rooms":
        answers.append(application.handle(Request("PUT", "/api/bookings/1", form=NEW)))
        answers += looked_at(application, cookies)
    method, path = REMOVED[name]
    answers.append(application.handle(Request(method, path, cookies=cookies)))
    return [*answers, *looked_at(application, cookies)]


@pytest.mark.parametrize("application", FAMILY)
def test_a_clean_build_says_the_same_each_time_and_never_fails(
    application: type[Application],
) -> None:
    answers = transcript(application())
    assert answers == transcript(application())
    assert all(answer.status < 500 for answer in answers)
    assert sum(answer.status == 200 for answer in answers) > len(answers) / 3


@pytest.mark.parametrize(("application", "bug"), EVERY_BUG)
def test_each_bug_changes_what_the_application_says(
    application: type[Application], bug: str
) -> None:
    assert transcript(application(bug)) != transcript(application())


@pytest.mark.parametrize("application", FAMILY)
def test_every_labelled_address_is_of_its_screen(application: type[Application]) -> None:
    for screen in application.screens:
        assert all(re.fullmatch(screen.addresses, sample) for sample in screen.samples)


def test_an_unknown_bug_is_refused() -> None:
    with pytest.raises(ValueError, match="no bug 'typo'"):
        Contacts("typo")


def test_a_redesign_gives_the_same_name_the_same_other_name_and_keeps_what_is_sent() -> None:
    page = '<p id="total"><label for="total">X</label><input class="a b" name="q"></p></body>'
    restyled = Redesign().html(page)
    (identifier,) = set(re.findall(r'(?:id|for)="(css-\w+)"', restyled))
    assert identifier
    assert 'name="q"' in restyled
    assert "total" not in restyled
    assert "<span><input" in restyled
    assert "<form" not in restyled
    assert "<form" in Redesign(drifted=True).html(page)


def test_a_served_application_answers_until_it_is_disturbed_or_stopped() -> None:
    application = Contacts()
    with (
        serving(application, Look.RESTYLED) as served,
        httpx.Client(base_url=served.url, timeout=30) as browser,
    ):
        assert "css-" in browser.get("/contacts").text
        assert browser.post("/contacts/new", data=NEW).headers["Location"] == "/contacts"
        assert "Zoe" in browser.get("/contacts").text

        def break_off(_: Request) -> Response | None:
            raise Disconnect

        application.disturb = break_off
        with pytest.raises(httpx.RemoteProtocolError):
            browser.get("/contacts")
        served.stop()
        with pytest.raises(httpx.ConnectError):
            browser.get("/contacts")
