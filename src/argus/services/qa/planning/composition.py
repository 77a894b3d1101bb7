"""From what was seen to work for one kind of record to self-contained metamorphic tests.

Every oracle relates two observations (created and listed, changed and opened, deleted and asked
for again); none copies what a page happened to show. Each test makes its own record and, where a
way to delete is known, removes it again.
"""

from collections.abc import Mapping

from pydantic import Field

from argus.kernel.schema import Value
from argus.services.qa.expectation import Expectation, Gone, RowCount, SignInRequired, Withheld
from argus.services.qa.ir import Action, Flow, Phase, Step, Test, Variable, VariableKind
from argus.services.qa.naming import a
from argus.services.qa.planning.assembly import (
    Part,
    Steps,
    as_role,
    assemble,
    bare,
    expecting,
    renamed,
)

CREATED_IS_LISTED = "a created record appears in its list exactly once"
SHOWS_AT_ONCE = "what was changed shows without loading the page anew"
SURVIVES_RELOAD = "what was saved survives a reload"
READS_BACK = "an opened record holds what was typed"
CHANGED_IS_LISTED = "a changed record shows its new value in the list"
OLD_VALUE_IS_GONE = "a changed record no longer shows its old value"
CANCEL_KEEPS = "leaving without saving changes nothing"
DECLINED_KEEPS = "who does not confirm a deletion deletes nothing"
DELETED_IS_UNLISTED = "a deleted record is no longer in its list"
DELETED_IS_GONE = "the address of a deleted record no longer shows it"
OTHERS_STAY = "deleting a record deletes no other"
SEARCH_FINDS = "a search for a record's text finds it"
SEARCH_FINDS_PART = "a search for a part of a record's text finds it"
SEARCH_FILTERS = "a search for another text does not show the record"
SIGN_IN = "what needs a user is not given to whoever has not signed in"
WITHHELD = "what others are not shown in a list, they do not get at its address"
NOT_CHANGED = "what others are not shown, they do not change"
NOT_DELETED = "what others are not shown, they do not delete"
REFUSED_IS_UNLISTED = "refused input creates nothing"


class Refusal(Value):
    """Input that the application refused: the steps up to the submit and what it then showed."""

    what: str
    """The end of the test's name: "without a title", "with an invalid e-mail"."""
    steps: Steps
    created_nothing: tuple[Expectation, ...]


class Move(Value):
    """A press of the button `label`, or its choice, and what the record shows ever after."""

    label: str
    steps: Steps
    shows: tuple[Expectation, ...]


class Lifecycle(Value):
    """What was seen to work for one kind of record, as pieces of steps that can be joined.

    `create` ends where the submit led; `listing` leads from anywhere to the list, by a search for
    the record where the list is long, and is empty where the list cannot be reloaded; `open`,
    `edit`, `search` and mostly `delete` start at the list, `change` and `leave` at the record's
    form.
    Pieces that were not learned are empty.
    """

    noun: str
    entity: str
    subject: str
    """Words of the form, for the priority."""
    fan_in: float
    variables: dict[str, Variable]
    identity: str
    """Name of the variable whose text identifies the record in its list."""
    create: Steps
    listing: Steps
    offers: tuple[Expectation, ...] = ()
    """The controls that came up on the list's page with the record, beside it or in its row."""
    figures: tuple[Expectation, ...] = ()
    """What of the list page's numbers is computed from others, with the record and without."""
    open: Steps = ()
    holds: tuple[Expectation, ...] = ()
    """What the opened record must show."""
    private: bool = False
    """What the first step of `open` loads is not given to whoever has not signed in."""
    withheld: tuple[str, ...] = ()
    """Other roles to whom neither the list nor the first step of `open` gives it."""
    opened_offers: tuple[Expectation, ...] = ()
    """The controls of the page that the first step of `open` leads to."""
    shows: tuple[Expectation, ...] = ()
    """What that page shows of what was typed, where the form is another page."""
    links: tuple[Steps, ...] = ()
    """From the list to that page, and on by a link to another page of the record."""
    moves: tuple[Move, ...] = ()
    """What else can be done with the record on that page, one after the other."""
    may_move: bool = True
    """That page was not seen to be without buttons that may do so."""
    may_hold: bool = True
    """Nor without forms, or links to forms, that may make records below this one."""
    edit: Steps = ()
    """From the list to the form that holds the record, where `open` does not lead there."""
    edit_holds: tuple[Expectation, ...] = ()
    """What that form must hold."""
    change: Steps = ()
    retyped: tuple[str, ...] = ()
    """Variables whose fields `change` fills anew, beside `identity`."""
    leave: Steps = ()
    delete: Steps = ()
    decline: Steps = ()
    """As `delete`, but that its question is answered by no."""
    delete_opens: bool = False
    """`delete` starts at the opened record."""
    has_address: bool = False
    """The opened record has a URL of its own."""
    search: Steps = ()
    search_part: VariableKind | None = None
    """By what part of the record's text `search` finds it as well."""
    refusals: tuple[Refusal, ...] = ()
    at_once: frozenset[Flow] = frozenset()
    """Flows whose effect the list shows at once, by what its page's scripts do."""
    row_moves: tuple[Move, ...] = ()
    """What else can be done with the record in its row, one after the other."""
    may_move_in_row: bool = False
    """The row was seen to have controls that may do so."""
    violated: dict[Flow, str] = Field(default_factory=dict)
    """Flows whose relation the application was seen to violate, and how."""

    @property
    def removal(self) -> Steps:
        """From anywhere to where the record is deleted; none where no way is known."""
        opened = self.open if self.delete_opens else ()
        return (*self.listing, *opened, *self.delete) if self.delete else ()


def changed(identity: str) -> str:
    """The variable that holds the record's text after the change."""
    return f"changed_{identity}"


def other(identity: str) -> str:
    """The variable that holds the text of a record that does not exist."""
    return f"other_{identity}"


def part(identity: str) -> str:
    """The variable that holds a part of the record's text."""
    return f"part_{identity}"


def compose(life: Lifecycle) -> list[Test]:
    """All tests that what was learned allows."""
    maker = _Composer(life)
    made = [maker.create()]
    if life.open and life.holds:
        made.append(maker.read())
    if life.change:
        made.append(maker.update())
    if life.leave:
        made.append(maker.cancel())
    if life.delete:
        made.extend(maker.deletions())
    if life.search:
        made.append(maker.search())
    if life.moves:
        made.append(maker.move())
    if life.row_moves:
        made.append(maker.move_in_row())
    made.extend(maker.refuse(refusal) for refusal in life.refusals)
    for role in life.withheld:
        made.append(maker.withhold(role))
        if life.change and Flow.UPDATE not in life.violated:
            made.append(maker.change_as(role))
        if life.delete and Flow.DELETE not in life.violated:
            made.append(maker.delete_as(role))
    return made


class _Composer:
    def __init__(self, life: Lifecycle) -> None:
        self._life = life
        self._text = f"${{{life.identity}}}"
        self._changed = changed(life.identity)
        self._other = other(life.identity)
        self._variables = life.variables | {
            new: variable
            for name, variable in life.variables.items()
            for new in (changed(name), other(name))
        }
        if life.search_part is not None:
            of_text = Variable(kind=life.search_part, source=life.identity)
            self._variables[part(life.identity)] = of_text

    def create(self) -> Test:
        life = self._life
        parts = [
            self._done(Flow.CREATE, life.create, {self._text: 1}),
            *self._listed(
                self._count(self._text, 1, CREATED_IS_LISTED),
                *life.offers,
                *life.figures,
                reload=Flow.CREATE in life.violated,
            ),
            *self._clean_up(),
        ]
        return self._test(f"Create {a(life.noun)}", Flow.CREATE, parts)

    def read(self) -> Test:
        life = self._life
        opened = self._opened()
        at_first = list(life.opened_offers)
        if life.private:
            at_first.append(SignInRequired(text=self._text, oracle=SIGN_IN))
        opened = (*expecting(opened[:1], *at_first), *opened[1:])
        parts = [*self._set_up()]
        for number, way in enumerate(life.links, start=1):
            parts.append(Part(name=f"follow-{number}", phase=Phase.ACT, steps=way))
            parts.append(Part(name=f"back-{number}", phase=Phase.ACT, steps=life.listing))
        parts.append(Part(name="open", phase=Phase.ACT, steps=opened))
        parts += (*self._edited(), *self._clean_up())
        return self._test(f"Read {a(life.noun)}", Flow.READ, parts)

    def update(self) -> Test:
        life = self._life
        new = f"${{{self._changed}}}"
        is_listed = self._count(new, 1, CHANGED_IS_LISTED)
        is_gone = self._count(self._text, 0, OLD_VALUE_IS_GONE)
        parts = [
            *self._set_up(),
            Part(name="open", phase=Phase.ACT, steps=life.edit or life.open),
            self._done(Flow.UPDATE, life.change, {new: 1, self._text: 0}),
        ]
        relisting = renamed(life.listing, life.identity, self._changed)
        if relisting == life.listing:
            parts += self._listed(is_listed, is_gone)
        else:  # the list is searched for the record's text
            parts += self._listed(is_gone)
            relisted = expecting(relisting, is_listed)
            parts.append(Part(name="relist", phase=Phase.ASSERT, steps=relisted))
        if life.listing and life.holds:
            reopened = [Part(name="reopen", phase=Phase.ASSERT, steps=self._opened())]
            for part in (*reopened, *self._edited()):
                steps = part.steps
                for name in (life.identity, *life.retyped):
                    steps = renamed(steps, name, changed(name))
                parts.append(part.model_copy(update={"steps": steps}))
        parts.extend(self._clean_up(life.identity, *life.retyped))
        return self._test(f"Update {a(life.noun)}", Flow.UPDATE, parts)

    def cancel(self) -> Test:
        life = self._life
        new = f"${{{self._changed}}}"
        parts = [
            *self._set_up(),
            Part(name="open", phase=Phase.ACT, steps=life.edit or life.open),
            Part(name="leave", phase=Phase.ACT, steps=life.leave),
            *self._listed(
                self._count(self._text, 1, CANCEL_KEEPS),
                self._count(new, 0, CANCEL_KEEPS),
            ),
            *self._clean_up(),
        ]
        return self._test(f"Leave {a(life.noun)} without saving", Flow.CANCEL, parts)

    def deletions(self) -> list[Test]:
        made = [self.delete()]
        if Flow.DELETE not in self._life.violated:
            made.append(self.delete_one_of_two())
        if self._life.decline:
            made.append(self.decline())
        return made

    def delete(self) -> Test:
        life = self._life
        parts = [*self._set_up()]
        if life.delete_opens or life.has_address:
            parts.append(Part(name="open", phase=Phase.ACT, steps=life.open))
            if not life.delete_opens:
                parts.append(Part(name="back", phase=Phase.ACT, steps=life.listing))
        parts.append(self._done(Flow.DELETE, life.delete, {self._text: 0}))
        parts.extend(self._listed(self._count(self._text, 0, DELETED_IS_UNLISTED)))
        if life.has_address:
            gone = Gone(step=f"open-{len(life.open)}", oracle=DELETED_IS_GONE)
            parts.append(Part(name="gone", phase=Phase.ASSERT, steps=expecting((), gone)))
        return self._test(f"Delete {a(life.noun)}", Flow.DELETE, parts)

    def delete_one_of_two(self) -> Test:
        life, names = self._life, self._life.variables

        def of_other(steps: Steps) -> Steps:
            for name in names:
                steps = renamed(steps, name, other(name))
            return steps

        opened = life.open if life.delete_opens else ()
        another = of_other(bare((*life.create, *life.listing)))
        delete = (*opened, *life.delete)
        remains = self._count(f"${{{self._other}}}", 1, OTHERS_STAY)
        clean_up = of_other(bare(life.removal))
        parts = [
            Part(name="another", phase=Phase.SETUP, steps=another),
            *self._set_up(),
            Part(name="delete", phase=Phase.ACT, steps=delete),
            *self._listed(self._count(self._text, 0, DELETED_IS_UNLISTED)),
            Part(
                name="others", phase=Phase.ASSERT, steps=expecting(of_other(life.listing), remains)
            ),
            Part(name="cleanup", phase=Phase.CLEANUP, steps=clean_up),
        ]
        return self._test(f"Delete {a(life.noun)} and no other", Flow.DELETE, parts)

    def decline(self) -> Test:
        life = self._life
        opened = life.open if life.delete_opens else ()
        parts = [
            *self._set_up(),
            Part(name="decline", phase=Phase.ACT, steps=(*opened, *life.decline)),
            *self._listed(self._count(self._text, 1, DECLINED_KEEPS)),
            *self._clean_up(),
        ]
        return self._test(f"Ask before deleting {a(life.noun)}", Flow.CANCEL, parts)

    def search(self) -> Test:
        life = self._life
        found = expecting(life.search, self._count(self._text, 1, SEARCH_FINDS))
        unknown = renamed(bare(life.search), life.identity, self._other)
        absent = expecting(unknown, self._count(self._text, 0, SEARCH_FILTERS))
        parts = [
            *self._set_up(),
            Part(name="search", phase=Phase.ACT, steps=found),
            *self._search_for_part(),
            Part(name="other", phase=Phase.ACT, steps=absent),
            *self._clean_up(),
        ]
        return self._test(f"Search for {a(life.noun)}", Flow.SEARCH, parts)

    def _search_for_part(self) -> list[Part]:
        life = self._life
        if life.search_part is None:
            return []
        steps = renamed(bare(life.search), life.identity, part(life.identity))
        found = expecting(steps, self._count(self._text, 1, SEARCH_FINDS_PART))
        return [Part(name="part", phase=Phase.ACT, steps=found)]

    def move(self) -> Test:
        life = self._life
        opened = life.open[:1]
        parts = [*self._set_up(), Part(name="open", phase=Phase.ACT, steps=opened)]
        for number, move in enumerate(life.moves, start=1):
            again = expecting((*life.listing, *opened), *move.shows)
            parts.append(Part(name=f"press-{number}", phase=Phase.ACT, steps=move.steps))
            parts.append(Part(name=f"reopen-{number}", phase=Phase.ASSERT, steps=again))
        parts.extend(self._clean_up())
        labels = " > ".join(move.label for move in life.moves)
        return self._test(f'Press "{labels}" on {a(life.noun)}', Flow.UPDATE, parts)

    def move_in_row(self) -> Test:
        life = self._life
        parts = self._set_up()
        for number, move in enumerate(life.row_moves, start=1):
            again = expecting(life.listing, *move.shows)
            parts.append(Part(name=f"press-{number}", phase=Phase.ACT, steps=move.steps))
            parts.append(Part(name=f"list-{number}", phase=Phase.ASSERT, steps=again))
        parts.extend(self._clean_up())
        labels = " > ".join(move.label for move in life.row_moves)
        return self._test(f'Press "{labels}" in the row of {a(life.noun)}', Flow.UPDATE, parts)

    def refuse(self, refusal: Refusal) -> Test:
        life = self._life
        parts = [Part(name="submit", phase=Phase.ACT, steps=refusal.steps)]
        if refusal.created_nothing:
            nothing = expecting(life.listing, *refusal.created_nothing)
            parts.append(Part(name="list", phase=Phase.ASSERT, steps=nothing))
        name = f"{a(life.noun)} {refusal.what} is refused"
        return self._test(name[0].upper() + name[1:], Flow.VALIDATE, parts)

    def withhold(self, role: str) -> Test:
        life = self._life
        withheld = Withheld(text=self._text, role=role, oracle=WITHHELD)
        parts = [
            *self._set_up(),
            Part(name="open", phase=Phase.ASSERT, steps=expecting(life.open[:1], withheld)),
            *self._clean_up(),
        ]
        return self._test(f"Keep {a(life.noun)} from {role}", Flow.READ, parts)

    def change_as(self, role: str) -> Test:
        life = self._life
        parts = [
            *self._set_up(),
            Part(name="open", phase=Phase.ACT, steps=life.edit or life.open),
            Part(name="change", phase=Phase.ACT, steps=as_role(role, life.change)),
            *self._listed(
                self._count(self._text, 1, NOT_CHANGED),
                self._count(f"${{{self._changed}}}", 0, NOT_CHANGED),
            ),
            *self._clean_up(),
        ]
        return self._test(f"Keep {role} from changing {a(life.noun)}", Flow.UPDATE, parts)

    def delete_as(self, role: str) -> Test:
        life = self._life
        opened = life.open if life.delete_opens else ()
        parts = [
            *self._set_up(),
            Part(name="open", phase=Phase.ACT, steps=opened),
            Part(name="delete", phase=Phase.ACT, steps=as_role(role, life.delete)),
            *self._listed(self._count(self._text, 1, NOT_DELETED)),
            *self._clean_up(),
        ]
        return self._test(f"Keep {role} from deleting {a(life.noun)}", Flow.DELETE, parts)

    def _set_up(self) -> list[Part]:
        life = self._life
        listed = expecting(life.listing, self._count(self._text, 1, CREATED_IS_LISTED))
        return [
            Part(name="create", phase=Phase.SETUP, steps=bare(life.create)),
            Part(name="created", phase=Phase.SETUP, steps=listed),
        ]

    def _opened(self) -> Steps:
        """Opening the record, to a page that shows what was typed, and to what holds it."""
        opened = expecting(self._life.open[:1], *self._life.shows)
        return expecting((*opened, *self._life.open[1:]), *self._life.holds)

    def _done(self, flow: Flow, steps: Steps, rows: Mapping[str, int]) -> Part:
        """Changing the record, and how many rows show each text then, where that shows at once."""
        if flow in self._life.at_once:
            counts = [self._count(text, count, SHOWS_AT_ONCE) for text, count in rows.items()]
            steps = expecting(steps, *counts)
        name = "change" if flow is Flow.UPDATE else flow.value
        return Part(name=name, phase=Phase.ACT, steps=steps)

    def _edited(self) -> list[Part]:
        """Opening the form of the record from the list, where the opened record is none."""
        life = self._life
        if not life.edit:
            return []
        steps = (*life.listing, *expecting(life.edit, *life.edit_holds))
        return [Part(name="edit", phase=Phase.ASSERT, steps=steps)]

    def _listed(self, *expectations: Expectation, reload: bool = False) -> list[Part]:
        """Opening the list loads it anew; where there is no way to it, `reload` does."""
        steps = expecting(self._life.listing, *expectations)
        if reload and not self._life.listing:
            kept = [e.model_copy(update={"oracle": SURVIVES_RELOAD}) for e in expectations]
            steps = (*steps, *expecting((Step(id="", action=Action.RELOAD),), *kept))
        return [Part(name="list", phase=Phase.ASSERT, steps=steps)]

    def _clean_up(self, *retyped: str) -> list[Part]:
        """Deleting the record, of which the variables `retyped` were changed."""
        life = self._life
        if not life.delete or Flow.DELETE in life.violated:
            return []
        steps = bare(life.removal)
        for name in retyped:
            steps = renamed(steps, name, changed(name))
        return [Part(name="cleanup", phase=Phase.CLEANUP, steps=steps)]

    def _count(self, text: str, count: int, oracle: str) -> RowCount:
        return RowCount(text=text, count=count, oracle=oracle)

    def _test(self, name: str, flow: Flow, parts: list[Part]) -> Test:
        life = self._life
        return assemble(
            name,
            flow,
            life.entity,
            parts,
            self._variables,
            subject=f"{life.noun} {life.subject}",
            fan_in=life.fan_in,
        )
