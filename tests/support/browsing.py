"""A browser of a few lines: keeps cookies, finds forms and sends them back, and no more."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

import httpx

from support.platform import TestPlatform

NAVIGATION = {"Sec-Fetch-Site": "same-origin", "Origin": "null"}
"""What browsers send along with a form under `Referrer-Policy: no-referrer`."""


@dataclass
class Form:
    action: str = ""
    fields: dict[str, str] = field(default_factory=dict[str, str])


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(given["action"]))
        elif tag == "input" and self.forms and "name" in given:
            is_choice = given.get("type") in ("radio", "checkbox")
            if not is_choice or "checked" in given:
                self.forms[-1].fields[given["name"]] = given.get("value", "")

    def handle_data(self, data: str) -> None:
        self.text += data


@dataclass(frozen=True)
class Page:
    """An answer, as a person sees it."""

    response: httpx.Response

    @property
    def text(self) -> str:
        return " ".join(self._read().text.split())

    def has_form(self, action: str) -> bool:
        return any(form.action == action for form in self._read().forms)

    def form(self, action: str) -> Form:
        return next(form for form in self._read().forms if form.action == action)

    def _read(self) -> _Reader:
        reader = _Reader()
        reader.feed(self.response.text)
        return reader


class Browser:
    """Follows redirects within the platform; what lies elsewhere is only told."""

    def __init__(self, platform: TestPlatform) -> None:
        self._transport = platform.client._transport  # noqa: SLF001 - the same application
        self.client = httpx.AsyncClient(transport=self._transport, base_url="http://argus.test")

    async def open(self, path: str) -> Page:
        return await self._follow(await self.client.get(path))

    async def send(self, page: Page, action: str, **fields: str) -> Page:
        form = page.form(action)
        return await self._follow(
            await self.client.post(action, data=form.fields | fields, headers=NAVIGATION)
        )

    async def sign_in(self, email: str, password: str, return_to: str = "/signed-out") -> Page:
        page = await self.open(f"/sign-in?return_to={return_to}")
        return await self.send(page, "/sign-in", email=email, password=password)

    async def _follow(self, response: httpx.Response) -> Page:
        while response.is_redirect and response.headers["location"].startswith("/"):
            assert response.status_code == 303
            response = await self.client.get(response.headers["location"])
        return Page(response)
