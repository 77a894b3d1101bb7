"""From what a digest saw of the page that is open to the parts of a `Site`, with targets."""

import re
from collections.abc import Callable, Iterable

from argus.services.qa.browser.elements import target_of
from argus.services.qa.browser.session import Session
from argus.services.qa.discovery.digest import CollectionSeen, FieldSeen, FormSeen, PageDigest
from argus.services.qa.discovery.site import Collection, FieldKind, Form, FormField, Submit
from argus.services.qa.discovery.state import digest_key, form_signature
from argus.services.qa.safety import is_destructive
from argus.services.qa.target import Target
from argus.services.qa.urls import path_template, relative_url, same_application, url_template

_LOOKUP_KINDS = frozenset({FieldKind.TEXT, FieldKind.SEARCH})


def form_key(form: FormSeen) -> str:
    """Stable over records and over the pages that show the same form."""
    return digest_key(form_signature(form))


def collection_key(seen: CollectionSeen, digest: PageDigest) -> str:
    """Stable over the rows and over variants of the page by query parameters."""
    rows = [sorted({path_template(link) for link in row.links}) for row in seen.rows[:1]]
    return digest_key(path_template(digest.url), seen.row_role, seen.columns, seen.name, rows)


async def describe_form(session: Session, form: FormSeen, digest: PageDigest, state: str) -> Form:
    """The form with targets for its fields and buttons.

    Raises:
        playwright.async_api.Error: the page changed since the digest.
    """
    return Form(
        key=form_key(form),
        state=state,
        url=relative_url(digest.url),
        url_template=url_template(digest.url),
        name=form.name or digest.heading,
        method=form.method,
        action_template=url_template(form.action or digest.url),
        implicit=form.implicit,
        search=_only_looks_up(form),
        fields=tuple([await _field(session, field) for field in form.fields]),
        submits=tuple(
            [
                Submit(
                    target=await _target(session, submit.path),
                    name=submit.name,
                    destructive=is_destructive(submit.name, submit.hint),
                )
                for submit in form.submits
            ]
        ),
    )


async def describe_collection(
    session: Session, seen: CollectionSeen, digest: PageDigest, state: str
) -> Collection:
    """The list with what all of its rows have in common."""
    app_url = session.app_url
    links = [
        [url_template(link) for link in row.links if same_application(link, app_url)]
        for row in seen.rows
    ]
    return Collection(
        state=state,
        url=relative_url(digest.url),
        url_template=url_template(digest.url),
        name=seen.name or digest.heading,
        container=await _target(session, seen.path),
        row_role=seen.row_role,
        row_count=seen.row_count,
        columns=seen.columns,
        row_links=_in_all(links, lambda link: link),
        row_controls=_in_all((row.controls for row in seen.rows), _without_numbers),
    )


async def _field(session: Session, field: FieldSeen) -> FormField:
    values = field.model_dump(exclude={"path", "in_item", "label"})
    label = field.label.rstrip(" :*").strip()
    return FormField(target=await _target(session, field.path), label=label, **values)


async def _target(session: Session, path: str) -> Target:
    return await target_of(session.page, session.page.locator(path))


def _only_looks_up(form: FormSeen) -> bool:
    if form.search:
        return True
    kinds = [field.kind for field in form.fields]
    texts = [kind for kind in kinds if kind in _LOOKUP_KINDS]
    return form.method == "GET" and form.declared and len(texts) == len(kinds) == 1


def _in_all(rows: Iterable[Iterable[str]], normal: Callable[[str], str]) -> tuple[str, ...]:
    """What every row has, in the order of the first row."""
    every = [list(dict.fromkeys(normal(each) for each in row)) for row in rows]
    if not every:
        return ()
    shared = set(every[0]).intersection(*every[1:])
    return tuple(each for each in every[0] if each in shared)


def _without_numbers(text: str) -> str:
    return re.sub(r"\d+", "#", text)
