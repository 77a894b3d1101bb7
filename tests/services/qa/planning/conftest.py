"""Builders of what discovery and a snapshot would have seen."""

from typing import Any

import pytest

from argus.services.qa.discovery.site import FieldKind, Form, FormField, Submit
from argus.services.qa.target import Fingerprint, Locator, LocatorKind, Target
from support.notes_api import api

__all__ = ["api"]


class Builders:
    """Makes fields, buttons and forms with all but the interesting parts filled in."""

    def target(self, label: str, tag: str = "input", /, **attributes: str) -> Target:
        role = "textbox" if tag == "input" else tag
        fingerprint = Fingerprint(tag=tag, role=role, name=label, attributes=attributes)
        locator = Locator(kind=LocatorKind.ROLE, value=label, role=role)
        return Target(description=label, locators=(locator,), fingerprint=fingerprint)

    def field(self, label: str, kind: FieldKind = FieldKind.TEXT, **changes: Any) -> FormField:
        name = changes.pop("name", label.lower())
        css = changes.pop("css", "")
        seen = FormField(
            target=self.target(label, name=name, **{"class": css}),
            kind=kind,
            name=name,
            label=label,
            value="",
            required=False,
            read_only=False,
            placeholder="",
            autocomplete="",
            min="",
            max="",
            step="",
            min_length=0,
            max_length=0,
            pattern="",
            options=(),
        )
        return seen.model_copy(update=changes)

    def submit(self, name: str) -> Submit:
        fingerprint = Fingerprint(tag="input", type="submit", role="button", name=name)
        target = Target(description=name, locators=(), fingerprint=fingerprint)
        return Submit(target=target, name=name, destructive=False)

    def form(
        self, *fields: FormField, submits: tuple[str, ...] = ("Save",), **changes: Any
    ) -> Form:
        url = changes.pop("url", "/books/add/")
        seen = Form(
            key=url,
            state="s",
            url=url,
            url_template=url,
            name="Add book",
            method="POST",
            action_template=url,
            implicit=False,
            search=False,
            fields=fields,
            submits=tuple(self.submit(name) for name in submits),
        )
        return seen.model_copy(update=changes)


@pytest.fixture
def build() -> Builders:
    return Builders()
