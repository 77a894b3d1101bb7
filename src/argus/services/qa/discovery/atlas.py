"""The application as one user has come to know it: screens, pages, and the ways between them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from argus.services.qa.browser.session import Session
from argus.services.qa.discovery.describe import (
    collection_key,
    describe_collection,
    describe_form,
    form_key,
)
from argus.services.qa.discovery.digest import FieldSeen, FormSeen, PageDigest
from argus.services.qa.discovery.site import (
    Collection,
    FieldKind,
    Form,
    FormField,
    Page,
    State,
    Transition,
)
from argus.services.qa.ir import Action, Step
from argus.services.qa.oracles.vitals import Vitals
from argus.services.qa.urls import path_template, relative_url, url_template

_TYPED = frozenset({FieldKind.TEXT, FieldKind.TEXTAREA, FieldKind.RICH_TEXT, FieldKind.EMAIL})


@dataclass
class Atlas:
    """Each screen, page, form and collection once, as it was when it was first seen."""

    states: dict[str, State] = field(default_factory=dict[str, State])
    pages: dict[str, Page] = field(default_factory=dict[str, Page])
    forms: dict[str, Form] = field(default_factory=dict[str, Form])
    collections: dict[str, Collection] = field(default_factory=dict[str, Collection])
    leads: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])
    """What each screen links to: an address by its template."""
    ways: dict[str, Transition] = field(default_factory=dict[str, Transition])
    """By where they begin, where they lead, and what is done on the way."""

    def add_page(self, digest: PageDigest, status: int) -> None:
        """The page was open; `status` is that of its document, 0 if none was loaded."""
        page = Page(
            url=relative_url(digest.url),
            url_template=url_template(digest.url),
            title=digest.title,
            status=status,
        )
        self.pages.setdefault(path_template(digest.url), page)

    def add_vitals(self, digest: PageDigest, vitals: Vitals) -> None:
        """The page's first document was so quick; later ones do not count."""
        key = path_template(digest.url)
        page = self.pages[key]
        self.pages[key] = page.model_copy(update={"vitals": page.vitals or vitals})

    def add_state(
        self, key: str, digest: PageDigest, path: tuple[Step, ...], *, signed_in: bool
    ) -> State:
        """A new screen, reached by `path`."""
        self.states[key] = state = State(
            key=key,
            url=relative_url(digest.url),
            url_template=url_template(digest.url),
            title=digest.title,
            dialog_open=bool(digest.dialog),
            validation_error=digest.invalid,
            signed_in=signed_in,
            depth=len(path) - 1,
            path=path,
        )
        return state

    def add_way(self, source: str, target: str, step: Step) -> None:
        """Performing `step` in one screen led to another."""
        action = step.target.description if step.target else ""
        way = Transition(source=source, target=target, action=step)
        self.ways.setdefault(f"{source} {target} {action}", way)

    def add_lead(self, source: str, url: str) -> None:
        """The screen links to `url`."""
        self.leads.setdefault(source, {}).setdefault(url_template(url), relative_url(url))

    async def describe(self, session: Session, digest: PageDigest, state: State) -> None:
        """Add the forms and collections of the page that is open; of a form, it without a record.

        Raises:
            playwright.async_api.Error: the page changed since the digest.
        """
        for form in digest.forms:
            key = form_key(form)
            if key not in self.forms or self._held_a_record(form):
                self.forms[key] = await describe_form(session, form, digest, state.key)
        for seen in digest.collections:
            key = collection_key(seen, digest)
            if key not in self.collections:
                described = await describe_collection(session, seen, digest, state.key)
                self.collections[key] = described

    def shows_empty(self, digest: PageDigest) -> bool:
        """Whether a form of the page is empty that so far was seen with a record in it only."""
        return any(self._held_a_record(form) for form in digest.forms)

    def _held_a_record(self, form: FormSeen) -> bool:
        known = self.forms.get(form_key(form))
        return known is not None and _is_filled(known.fields) and not _is_filled(form.fields)

    def transitions(self) -> Iterator[Transition]:
        """What was tried, then the links from each screen to the first one at their template."""
        yield from self.ways.values()
        at: dict[str, str] = {}
        for state in self.states.values():
            if len(state.path) == 1:
                at.setdefault(state.url_template, state.key)
        for source, leads in self.leads.items():
            for template, url in leads.items():
                if template in at and at[template] != source:
                    step = Step(id="link", action=Action.GOTO, value=url)
                    yield Transition(source=source, target=at[template], action=step)


def _is_filled(fields: Sequence[FieldSeen | FormField]) -> bool:
    return any(field.value.strip() for field in fields if field.kind in _TYPED)
