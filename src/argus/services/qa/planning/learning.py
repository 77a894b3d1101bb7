"""Learn the life of one kind of record by living it once.

Create, find in the list, open, leave, search, change, delete: what was seen to work becomes a
piece of the `Lifecycle`; what was not is reported and left out.
"""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from playwright.async_api import Error as PlaywrightError

from argus.services.qa.browser.elements import Element, observe
from argus.services.qa.discovery.site import Collection, Form, Site
from argus.services.qa.execution.arithmetic import counts
from argus.services.qa.execution.record import StepOutcome
from argus.services.qa.execution.values import make_values
from argus.services.qa.expectation import CountIsRight, Expectation
from argus.services.qa.ir import Action, Flow, Step, Variable
from argus.services.qa.naming import noun
from argus.services.qa.planning.assembly import Steps
from argus.services.qa.planning.below import forms_here, makers
from argus.services.qa.planning.composition import Lifecycle, changed, other
from argus.services.qa.planning.fields import Unfillable, entries, identifying
from argus.services.qa.planning.filling import fill, reach, submit
from argus.services.qa.planning.following import learn_links, onward
from argus.services.qa.planning.forms import is_parent, likely_collections
from argus.services.qa.planning.listing import pages_with
from argus.services.qa.planning.moving import pressable
from argus.services.qa.planning.moving_in_rows import may_move_in_row
from argus.services.qa.planning.record import Record
from argus.services.qa.planning.recorder import (
    InputRefused,
    NotLearned,
    Recorder,
    in_place,
    mutation,
)
from argus.services.qa.planning.rows import appeared, controls_of, in_row, outside_rows
from argus.services.qa.planning.touring import main_heading, search_form, sums
from argus.services.qa.urls import path_template, relative_url, url_template

_MAX_LISTS = 4
_COUNTS = "a number of records is how many are listed"

Note = Callable[[str], Awaitable[None]]
"""Takes a sentence on what was not learned, and why."""


async def learn(
    hand: Recorder, form: Form, site: Site, seed: int, nonce: str, note: Note
) -> Lifecycle:
    """The life of the records that `form` makes; the record made for it is deleted if possible.

    Raises:
        InputRefused: the form took nothing that could be made up for its fields.
        NotLearned: the form made no record, or the record shows in no list.
        BudgetSpent: the time is over.
    """
    learner = _Learner(hand, form, site, note)
    hand.values.update(make_values(learner.variables, seed, nonce))
    life, is_there = await learner.create()
    return await learner.live(life) if is_there else life


class _Learner:
    def __init__(self, hand: Recorder, form: Form, site: Site, note: Note) -> None:
        self._hand, self._form, self._site, self._note = hand, form, site, note
        try:
            self._entries = entries(form)
        except Unfillable as error:
            raise NotLearned(str(error)) from error
        self._names = [entry.name for entry in identifying(self._entries)]
        if not self._names:
            raise NotLearned("no field of it can carry a marker")
        self._variables = {e.name: e.variable for e in self._entries if e.variable}
        self._onward: list[str] = []
        """What the links of the record's page to others are called."""

    @property
    def variables(self) -> dict[str, Variable]:
        """Those of the form, and those that stand for them after a change and in another record."""
        new = {
            n: variable
            for name, variable in self._variables.items()
            for n in (changed(name), other(name))
        }
        return self._variables | new

    async def create(self) -> tuple[Lifecycle, bool]:
        """Make a record and find it in its list; whether it is there."""
        hand, form = self._hand, self._form
        await reach(hand, form, self._site.states)
        started_at, before = hand.path, await hand.elements()
        complained = await hand.complaint()
        await fill(hand, self._entries)
        outcome = await submit(hand, form, self._entries)
        stayed = outcome.url_template == form.url_template and not form.implicit
        complaint = await hand.complaint() if stayed else ""
        if complaint not in {"", complained} and not await self._is_taken(outcome):
            raise InputRefused(complaint)
        landing = hand.path
        closed = await hand.closed(outcome, form.fields[0].target)
        create = hand.piece() if hand.broken else hand.piece(*hand.saved(outcome), *closed)
        if hand.broken:
            return await self._violated(create, hand.broken), False
        may_list = "{id}" not in url_template(landing) or landing == started_at
        if may_list and (name := await self._listed_for_sure(self._hand.path)):
            await hand.do(Action.GOTO, value=landing)
            listing = hand.piece()
            if await hand.rows(name) == [1]:
                life = await self._life(create, name, listing, landing)
                offers = await self._offers(before) if landing == started_at else ()
                at_once = {Flow.CREATE} if in_place(outcome) else set[Flow]()
                return life.model_copy(update={"offers": offers, "at_once": at_once}), True
            await hand.replay(create)
            life = await self._life(create, name, (), landing)
            lost = {Flow.CREATE: "the new record is gone after a reload"}
            return life.model_copy(update={"violated": lost}), True
        lists = likely_collections(form, self._site.collections)[:_MAX_LISTS]
        for find in (self._found_for_sure, self._found_by_search, self._found_in):
            for collection in lists:
                name = await find(collection)
                listing = hand.piece()
                if name:
                    return await self._life(create, name, listing, collection.url), True
        text = hand.values[self._names[0]]
        for url in await pages_with(hand, self._site.pages, text):
            await hand.do(Action.GOTO, value=url)
            name, listing = await self._listed_now(), hand.piece()
            if name and url != landing:
                return await self._life(create, name, listing, url), True
        if problem := await self._lost(outcome):
            return await self._violated(create, problem), False
        raise NotLearned("the new record shows in no list")

    async def live(self, life: Lifecycle) -> Lifecycle:
        """Do with the record all that can be done with it; deleting comes last."""
        hand = self._hand
        learned: dict[str, Any] = {}
        look = partial(self._look, learned)
        record = Record(hand, self._entries, life.identity, life.listing, look)
        await hand.go(life.listing)
        unlisted = await hand.withheld_from(life.identity) if life.listing else ()
        inside = in_row(await hand.elements(with_text=True), hand.values[life.identity])
        typed = [hand.values[name] for name in life.variables if name != life.identity]
        learned["may_move_in_row"] = may_move_in_row(inside, typed)
        controls = controls_of(inside, hand.values[life.identity])
        in_list = await hand.offered(controls, life.identity)
        learned["offers"] = (*life.offers, *in_list)
        listed = await hand.figures()
        learned["figures"] = sums(listed)
        await self._open(record, learned)
        if "open" in learned and record.address and life.listing:
            known = (*learned["open"], *learned.get("edit", ()))
            links = learn_links(hand, life.identity, life.listing, known, self._onward)
            await self._learn("links", links, learned)
        # What a list of their own shows them is theirs as well, whatever they do with it.
        learned["withheld"] = tuple(role for role in unlisted if role in record.withheld)
        if search := search_form(self._site.forms, self._address(life)):
            await self._learn("search", record.search(search), learned)
        if "search" in learned:
            await self._learn("search_part", record.search_part(learned["search"]), learned)
        violated = dict(life.violated)
        if "edit" in learned:
            try:
                learned["change"], problem = await record.change()
                learned["retyped"] = record.retyped
                violated |= {Flow.UPDATE: problem} if problem else {}
            except NotLearned as error:
                await self._dropped("change", error)
        learned["violated"] = violated
        try:
            learned["delete"], learned["delete_opens"] = await record.delete()
            learned["decline"] = record.decline
        except NotLearned as error:
            await self._dropped("delete", error)
        learned["at_once"] = life.at_once | record.at_once
        if "delete" not in learned:
            return life.model_copy(update=learned)
        await hand.replay(life.listing)
        if hand.broken or await hand.rows(life.identity) != [0]:
            problem = hand.broken or "the deleted record is still listed"
            violated[Flow.DELETE] = problem
            return life.model_copy(update=learned)
        fewer, more = counts(await hand.figures()), counts(listed)
        right = [
            CountIsRight(label=label, oracle=_COUNTS)
            for label in fewer.keys() & more.keys()
            if fewer[label] < more[label]
        ]
        learned["figures"] = (*await hand.holding(learned["figures"]), *right)
        if record.address:
            learned["has_address"] = await record.is_gone()
        return life.model_copy(update=learned)

    async def _look(self, learned: dict[str, Any], elements: Sequence[Element]) -> None:
        """See what the record's page, which has the elements, leaves to learn of it."""
        hand, url = self._hand, self._hand.session.url
        self._onward = onward(elements, url)
        learned["may_move"] = bool(pressable(elements, url))
        with suppress(PlaywrightError):  # what could not be seen may be there
            makes = await forms_here(hand, self._site) or await makers(hand)
            learned["may_hold"] = bool(makes)

    async def _open(self, record: Record, learned: dict[str, Any]) -> None:
        """Open the record and its form, and leave that."""
        try:
            learned["open"], learned["holds"] = await record.open()
            learned["shows"] = record.shows
            learned["edit"], learned["edit_holds"] = await record.edit()
        except NotLearned as error:
            await self._dropped("edit" if "open" in learned else "open", error)
        else:
            await self._learn("leave", record.leave(), learned)
        learned |= {"private": record.private, "opened_offers": record.offers}

    async def _learn(self, what: str, piece: Awaitable[object], learned: dict[str, Any]) -> None:
        try:
            learned[what] = await piece
        except NotLearned as error:
            await self._dropped(what, error)

    async def _dropped(self, what: str, error: NotLearned) -> None:
        self._hand.piece()
        await self._note(f"{self._form.name or self._form.url_template}: no {what}: {error}")

    async def _is_taken(self, outcome: StepOutcome) -> bool:
        """Whether what reads like a complaint is none: news of success comes as an alert, too."""
        in_scripts = mutation(outcome) is not None and in_place(outcome)
        return in_scripts and bool(await self._listed_now())

    async def _listed_now(self) -> str:
        """The first variable whose text exactly one row shows, or empty."""
        counts = await self._hand.rows(*self._names)
        return next((n for n, count in zip(self._names, counts, strict=True) if count == 1), "")

    async def _listed_for_sure(self, url: str) -> str:
        """As `_listed_now`; but empty in a part of a list that can be searched.

        Which part shows the next record depends on the text of that.
        """
        searchable = search_form(self._site.forms, url) is not None
        if searchable and (await self._hand.figures()).partial:
            return ""
        return await self._listed_now()

    async def _found_for_sure(self, collection: Collection) -> str:
        """As `_found_in`, where the next record is found as well."""
        await self._hand.do(Action.GOTO, value=collection.url)
        return await self._listed_for_sure(collection.url)

    async def _found_in(self, collection: Collection) -> str:
        """The variable whose text one row of a list shows, or empty.

        Asked after `_found_for_sure`, which has seen all of what cannot be searched.
        """
        if search_form(self._site.forms, collection.url) is None:
            return ""
        await self._hand.do(Action.GOTO, value=collection.url)
        return await self._listed_now()

    async def _found_by_search(self, collection: Collection) -> str:
        """The variable whose text, searched for, one row shows of a list too long to show it."""
        hand = self._hand
        search = search_form(self._site.forms, collection.url)
        if search is None:
            return ""
        await hand.do(Action.GOTO, value=collection.url)
        await hand.do(Action.FILL, search.fields[0].target, f"${{{self._names[0]}}}")
        await hand.do(Action.PRESS, search.fields[0].target, "Enter")
        return self._names[0] if await hand.rows(self._names[0]) == [1] else ""

    async def _offers(self, before: Sequence[Element]) -> tuple[Expectation, ...]:
        """The buttons and links that the page has since it lists the record, outside of rows."""
        came = appeared(await self._hand.elements(), before)
        return await self._hand.offered(outside_rows(came))

    async def _lost(self, outcome: StepOutcome) -> str:
        """How the application broke its word, if it accepted the record and led to its list.

        It did not where the list shows a word of the record: it writes it in a way of its own.
        """
        leads_to_list = any(
            is_parent(each, self._form) and path_template(each.url) == path_template(outcome.url)
            for each in self._site.collections
        )
        if leads_to_list and mutation(outcome):
            hand = self._hand
            words = [hand.values[name].split()[-1] for name in self._names]
            await hand.do(Action.GOTO, value=relative_url(outcome.url))
            hand.piece()
            if any((await observe(hand.session, texts=words)).texts.values()):
                return ""
            return "the list that saving leads to does not show the new record"
        return ""

    async def _violated(self, create: Steps, problem: str) -> Lifecycle:
        parents = [c.url for c in self._site.collections if is_parent(c, self._form)]
        listing = tuple(Step(id="", action=Action.GOTO, value=url) for url in parents[:1])
        life = await self._life(
            create, self._names[0], listing, parents[0] if parents else self._form.url
        )
        return life.model_copy(update={"violated": {Flow.CREATE: problem}})

    async def _life(self, create: Steps, identity: str, listing: Steps, list_url: str) -> Lifecycle:
        template = url_template(list_url)
        heading = main_heading(await self._hand.elements(with_text=True))
        entity = heading if self._form.implicit and heading else template
        return Lifecycle(
            noun=noun(self._form.name, "" if self._form.implicit else template, heading),
            entity=entity,
            subject=" ".join(entry.field.label for entry in self._entries),
            fan_in=self._fan_in(template),
            variables=self._variables,
            identity=identity,
            create=create,
            listing=listing,
        )

    def _fan_in(self, template: str) -> float:
        """The share of the site's states that lead to the list by one action."""
        keys = {state.key for state in self._site.states if state.url_template == template}
        sources = {t.source for t in self._site.transitions if t.target in keys}
        return round(len(sources) / len(self._site.states), 3) if self._site.states else 0.0

    @staticmethod
    def _address(life: Lifecycle) -> str:
        value = life.listing[0].value if life.listing else ""
        return value if isinstance(value, str) else ""
