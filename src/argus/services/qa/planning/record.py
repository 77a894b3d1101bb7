"""The one record a learner made: how it is opened, left, changed, found and deleted.

Nothing here touches another record: controls are taken inside the row that shows the record's
text, or on a page that shows it and outside other rows.
"""

from collections.abc import Awaitable, Callable, Sequence

from argus.services.qa.browser.elements import Element
from argus.services.qa.discovery.site import Form
from argus.services.qa.execution.arithmetic import same_value
from argus.services.qa.execution.record import StepOutcome
from argus.services.qa.execution.values import part_of
from argus.services.qa.expectation import Expectation, FieldValue, Gone, TextPresent
from argus.services.qa.ir import Action, Flow, Step, VariableKind
from argus.services.qa.planning.assembly import Steps, renamed
from argus.services.qa.planning.composition import DELETED_IS_GONE, READS_BACK, changed, other, part
from argus.services.qa.planning.controls import (
    Purpose,
    confirms,
    is_pressable,
    primary_submit,
    purpose,
)
from argus.services.qa.planning.fields import Entry
from argus.services.qa.planning.recorder import (
    NotLearned,
    Recorder,
    in_place,
    is_record_control,
    mutation,
)
from argus.services.qa.planning.rows import (
    appeared,
    in_row,
    nearest,
    same_field,
    same_form,
    ways_to_change,
    ways_to_delete,
    ways_to_edit,
    ways_to_open,
)
from argus.services.qa.target import Target

_MAX_WAYS = 4
_TELLING = 4
"""Characters that a value needs for that it does not stand on a page by chance."""


class Record:
    """A listed record. `identity` is the variable its row shows, `listing` the way to the list.

    Whenever it is opened to a page of its own, `look` is given the elements of that.
    """

    def __init__(
        self,
        hand: Recorder,
        entries: Sequence[Entry],
        identity: str,
        listing: Steps,
        look: Callable[[Sequence[Element]], Awaitable[None]],
    ) -> None:
        self._hand = hand
        self._entries = entries
        self._identity = identity
        self._listing, self._look = listing, look
        self._open: Steps = ()
        self._form: Steps = ()
        """From the list to the form that holds the record."""
        self.address = ""
        """URL of the opened record, where it differs from the list's."""
        self.private = False
        """Opening it loaded its text for the user alone, and not for whoever has not signed in."""
        self.withheld: tuple[str, ...] = ()
        """Roles for which opening it does not load its text."""
        self.offers: tuple[Expectation, ...] = ()
        """The controls of its page, where it has one."""
        self.shows: tuple[Expectation, ...] = ()
        """What its page shows of what was typed, where its form is on another."""
        self.at_once: set[Flow] = set()
        """Flows whose effect the list showed at once, by what its page's scripts did."""
        self.decline: Steps = ()
        """As the steps of `delete`, but that its question is answered by no."""
        self.retyped: tuple[str, ...] = ()
        """Variables whose fields `change` gives new values, beside the record's text."""

    @property
    def _text(self) -> str:
        return self._hand.values[self._identity]

    async def open(self) -> tuple[Steps, tuple[Expectation, ...]]:
        """The steps from the list to the opened record, and what it then holds.

        Raises:
            NotLearned: no link, button or double click in the row shows the record.
        """
        hand = self._hand
        for attempt in range(_MAX_WAYS):
            await hand.go(self._listing)
            listed_at = hand.path
            ways = ways_to_open(await hand.elements(with_text=True), self._text)
            if attempt >= len(ways):
                break
            element, action = ways[attempt]
            try:
                await hand.do(action, await hand.target(element, self._identity))
                self.private = await hand.is_private(self._identity)
                self.withheld = await hand.withheld_from(self._identity)
                self.offers = await self._offers(moved=hand.path != listed_at)
                self.shows = await self._shown(moved=hand.path != listed_at)
                await self._go_on_to_the_form()
            except NotLearned:
                hand.piece()
                continue
            if holds := await self._holds(moved=hand.path != listed_at):
                self._open = self._form = hand.piece()
                self.address = hand.session.url if hand.path != listed_at else ""
                return self._open, holds
            hand.piece()
        raise NotLearned("nothing in its row opens it")

    async def edit(self) -> tuple[Steps, tuple[Expectation, ...]]:
        """The steps from the list to the record's form, and what that holds of what was typed.

        They are empty where the opened record is its form.

        Raises:
            NotLearned: no other control of the row leads to a form that holds the record's text.
        """
        hand = self._hand
        if await self._has_field():
            return (), ()
        for attempt in range(_MAX_WAYS):
            await hand.go(self._listing)
            ways = ways_to_change(await hand.elements(with_text=True), self._text)
            if attempt >= len(ways):
                break
            element, action = ways[attempt]
            try:
                await hand.do(action, await hand.target(element, self._identity))
            except NotLearned:
                hand.piece()
                continue
            if await self._has_field():
                holds = await self._holds(moved=False)
                self._form = hand.piece()
                return self._form, holds
            hand.piece()
        raise NotLearned("its text cannot be edited")

    async def change(self) -> tuple[Steps, str]:
        """The steps that give the opened record its changed text and save it; it stays changed.

        So are the other fields of the form, if the application takes that. The second part is
        empty, or says how the application failed to keep the change.

        Raises:
            NotLearned: the opened record has no such field, or nothing shows that it was saved.
        """
        try:
            return await self._change(others=True)
        except NotLearned:
            if not self.retyped:
                raise
            self._hand.piece()
            return await self._change(others=False)

    async def _change(self, *, others: bool) -> tuple[Steps, str]:
        hand, new = self._hand, changed(self._identity)
        typed_into = await self._retype()
        self.retyped = await self._retype_others() if others else ()
        field = await self._field(new)
        hand.broken = ""
        outcome = await self._save(field)
        if hand.broken:
            return hand.piece(), hand.broken
        complaint = await hand.complaint()
        closed = await hand.closed(outcome, typed_into)
        steps = hand.piece(*hand.saved(outcome), *closed)
        self._swap()
        shown = in_place(outcome) and await hand.rows(self._identity, new) == [1, 0]
        await hand.replay(self._listing)
        if await hand.rows(self._identity, new) == [1, 0]:
            self.at_once |= {Flow.UPDATE} if shown else set()
            return steps, ""
        self._swap()
        await hand.replay(self._listing)
        if await hand.rows(self._identity) == [1] and mutation(outcome) and not complaint:
            return steps, "the list still shows the text from before the change"
        raise NotLearned("the list does not show the change")

    async def leave(self) -> Steps:
        """The steps that type a change into the opened record and leave without saving it.

        Raises:
            NotLearned: the change is kept, as where each key stroke is saved.
        """
        hand = self._hand
        await self._retype()
        if not self.address:
            await hand.do(Action.PRESS, value="Escape")
        steps = hand.piece()
        await hand.replay(self._listing)
        if await hand.rows(self._identity, changed(self._identity)) != [1, 0]:
            raise NotLearned("leaving does not undo the change")
        return steps

    async def search(self, form: Form) -> Steps:
        """The steps that search the list for the record's text.

        Raises:
            NotLearned: the record is not found, or is shown whatever is searched for.
        """
        hand, identity = self._hand, self._identity
        field = form.fields[0].target
        await hand.go(self._listing)
        await hand.do(Action.FILL, field, f"${{{other(identity)}}}")
        await hand.do(Action.PRESS, field, "Enter")
        absent = await hand.rows(identity) == [0]
        hand.piece()
        await hand.replay(self._listing)
        await hand.do(Action.FILL, field, f"${{{identity}}}")
        await hand.do(Action.PRESS, field, "Enter")
        steps = hand.piece()
        if not absent or await hand.rows(identity) != [1]:
            raise NotLearned("the search does not tell the record from others")
        return steps

    async def search_part(self, search: Steps) -> VariableKind | None:
        """By what part of its text the search finds the record; None: by none."""
        hand, identity, name = self._hand, self._identity, part(self._identity)
        for kind in (VariableKind.SWAPPED_PART, VariableKind.PART):
            hand.values[name] = part_of(self._text, kind)
            await hand.replay((*self._listing, *renamed(search, identity, name)))
            if await hand.rows(identity) == [1]:
                return kind
        return None

    async def delete(self) -> tuple[Steps, bool]:
        """The steps that delete the record, and whether they start at the opened record.

        They are returned also where the server answered 5xx (`hand.broken`) or kept the record.

        Raises:
            NotLearned: no control of the record's row or page deletes it.
        """
        hand = self._hand
        await hand.go(self._listing)
        element = await self._delete_in_row()
        if element is not None:
            return await self._press_delete(element, self._identity), False
        hand.piece()
        if self._open:
            page, form = self._open[:1], self._open[1:]
            await hand.replay(self._open)
            if element := await self._delete_on_page():
                try:
                    return await self._press_delete(element, None), True
                except NotLearned:
                    if not form:
                        raise
                    hand.piece()  # what a form discards may be what was typed
            if form:  # the record's page offers it, the form that the page leads to does not
                await hand.replay((*self._listing, *page))
                if element := await self._delete_on_page():
                    steps = await self._press_delete(element, None)
                    self.decline = (*page, *self.decline) if self.decline else ()
                    return (*page, *steps), False
        raise NotLearned("no control deletes it")

    async def is_gone(self) -> bool:
        """Whether the address of the opened record no longer shows it."""
        gone = Gone(step="open", oracle=DELETED_IS_GONE)
        step = Step(id="gone", action=Action.VERIFY, expect=(gone,))
        outcome = await self._hand.attempt(step, {"open": self.address})
        self._hand.piece()
        return outcome.ok

    def _swap(self) -> None:
        """From now on the record has its changed values, and the variables of those the former."""
        values = self._hand.values
        for name in (self._identity, *self.retyped):
            values[name], values[changed(name)] = values[changed(name)], values[name]

    async def _offers(self, *, moved: bool) -> tuple[Expectation, ...]:
        if not moved:
            return ()
        elements, url = await self._hand.elements(), self._hand.session.url
        await self._look(elements)
        return await self._hand.offered(each for each in elements if is_record_control(each, url))

    async def _shown(self, *, moved: bool) -> tuple[Expectation, ...]:
        hand = self._hand
        if not moved or await self._has_field():
            return ()
        telling = [e for e in self._entries if len(hand.values.get(e.name, "")) >= _TELLING]
        return tuple(
            [
                TextPresent(text=entry.value, oracle=READS_BACK)
                for entry in telling
                if await hand.shows(entry.name)
            ]
        )

    async def _go_on_to_the_form(self) -> None:
        """From a page that only shows the record to its form, where a control leads there."""
        hand = self._hand
        if await self._has_field() or not await hand.shows(self._identity):
            return
        if edits := ways_to_edit(await hand.elements(), self._text):
            await hand.do(Action.CLICK, await hand.target(edits[0]))

    async def _holds(self, *, moved: bool) -> tuple[Expectation, ...]:
        """What the page holds of what was typed: in fields or, on a page of its own, as text."""
        hand = self._hand
        holding = [e for e in await hand.elements() if e.editable or e.value]
        held: list[Expectation] = []
        for entry in self._entries:
            expected = (hand.values | hand.kept).get(entry.name, entry.value)
            known = entry.field.target.fingerprint
            same = [
                each
                for each in holding
                if same_field(each.fingerprint, known) and same_value(each.value, expected)
            ]
            if len(same) == 1:
                target = await hand.target(same[0])
                held.append(FieldValue(target=target, value=entry.value, oracle=READS_BACK))
        if not held and await self._has_field():
            text = f"${{{self._identity}}}"
            target = await self._target(await self._field(self._identity))
            held.append(FieldValue(target=target, value=text, oracle=READS_BACK))
        if not held and moved:
            held += [
                TextPresent(text=entry.value, oracle=READS_BACK)
                for entry in self._entries
                if entry.identifies and await hand.shows(entry.name)
            ]
        return tuple(held)

    async def _retype(self) -> Target:
        hand = self._hand
        await hand.go((*self._listing, *self._form))
        target = await self._target(await self._field(self._identity))
        await hand.do(Action.FILL, target, f"${{{changed(self._identity)}}}")
        return target

    async def _retype_others(self) -> tuple[str, ...]:
        """Fill the fields that hold other variables' values anew; the names of those variables."""
        hand, done = self._hand, list[str]()
        editable = [each for each in await hand.elements() if each.editable]
        for entry in self._entries:
            if entry.name in {"", self._identity} or entry.action is not Action.FILL:
                continue
            known, typed = entry.field.target.fingerprint, hand.values[entry.name]
            same = [e for e in editable if same_field(e.fingerprint, known)]
            if len(same) == 1 and same_value(same[0].value, typed):
                target = await hand.target(same[0])
                await hand.do(Action.FILL, target, f"${{{changed(entry.name)}}}")
                done.append(entry.name)
        return tuple(done)

    async def _has_field(self) -> bool:
        return any(e.editable and e.value == self._text for e in await self._hand.elements())

    async def _field(self, name: str) -> Element:
        text = self._hand.values[name]
        fields = [e for e in await self._hand.elements() if e.editable and e.value == text]
        if not fields:
            raise NotLearned("its text cannot be edited")
        return fields[0]

    async def _target(self, field: Element) -> Target:
        try:
            return await self._hand.target(field)
        except NotLearned:
            return await self._hand.target(field, self._identity)

    async def _save(self, field: Element) -> StepOutcome:
        hand = self._hand
        elements = await hand.elements()
        inside = same_form(field, elements)
        saving = [e for e in elements if purpose(e.fingerprint) is Purpose.SAVE]
        controls = inside or nearest(field, saving)
        index = primary_submit(e.fingerprint for e in controls)
        if index is None:
            return await hand.do(Action.PRESS, value="Enter")
        return await hand.do(Action.CLICK, await hand.target(controls[index]))

    async def _delete_in_row(self) -> Element | None:
        """The control in the row that deletes; the row is pointed at where only that shows it."""
        hand = self._hand
        for _ in range(2):
            elements = await hand.elements(with_text=True)
            inside = in_row(elements, self._text)
            if found := ways_to_delete(inside, self._text):
                return found[0]
            texts = [e for e in inside if self._text in e.fingerprint.text]
            if not texts:
                return None
            await hand.do(Action.HOVER, await hand.target(texts[0], self._identity))
        return None

    async def _delete_on_page(self) -> Element | None:
        elements = ways_to_delete(await self._hand.elements(), self._text)
        return elements[0] if elements and await self._hand.shows(self._identity) else None

    async def _decline(self, asked: Sequence[Element]) -> None:
        """Answer the question by no, if it has a control for that, and have it asked again."""
        hand = self._hand
        pressable = [e for e in asked if is_pressable(e.fingerprint)]
        no = next((e for e in pressable if purpose(e.fingerprint) is Purpose.CANCEL), None)
        if no is None:
            return
        refuse = await hand.target(no)
        before = hand.piece()
        outcome = await hand.do(Action.CLICK, refuse)
        if not mutation(outcome) and await hand.shows(self._identity):
            self.decline = (*before, *hand.piece())
        hand.piece()
        for step in before:  # pointing at the row included, where only that shows the control
            await hand.do(step.action, step.target)

    async def _agree(self, pressed: StepOutcome, asked: Sequence[Element]) -> StepOutcome:
        """Answer by yes what pressing brought up, if it asks; what came of the last press."""
        hand = self._hand
        yes = [each for each in asked if confirms(each.fingerprint)]
        if not await hand.shows(self._identity):
            # Deleted, unless a page of its own asks without naming the record. What stands in
            # a row there is about another one.
            yes = [] if _is_redirected(pressed) else [e for e in yes if not e.row_text]
            if len(yes) != 1:
                return pressed
        if not yes:
            if asked:
                raise NotLearned("deleting asks for more than a confirmation")
            return pressed
        agree = await hand.target(yes[0])
        if in_place(pressed):  # a page's no may lead anywhere
            await self._decline(asked)
        return await hand.do(Action.CLICK, agree)

    async def _press_delete(self, element: Element, row: str | None) -> Steps:
        hand = self._hand
        target = await hand.target(element, row)
        before = await hand.elements()
        hand.broken = ""
        outcome = await hand.do(Action.CLICK, target)
        if not hand.broken and not mutation(outcome):
            outcome = await self._agree(outcome, appeared(await hand.elements(), before))
        if in_place(outcome) and await hand.rows(self._identity) == [0]:
            self.at_once.add(Flow.DELETE)
        return hand.piece() if hand.broken else hand.piece(*hand.saved(outcome))


def _is_redirected(outcome: StepOutcome) -> bool:
    return any(each.document and 300 <= each.status < 400 for each in outcome.requests)
