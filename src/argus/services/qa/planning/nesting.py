"""Learn the life of records that are below another: the items of an order, a project's tasks.

They are made below a record of Argus's own, which is deleted in the end, and they with it. Each of
their tests makes two of them, so that there is something to add up and to leave alone.
"""

from collections.abc import AsyncGenerator
from urllib.parse import urlsplit

from argus.services.qa.discovery.site import Form, Site
from argus.services.qa.execution.values import make_values
from argus.services.qa.expectation import RowCount
from argus.services.qa.ir import Action, Flow, Phase, Step, Test
from argus.services.qa.naming import noun
from argus.services.qa.planning.assembly import Part, Steps, bare, expecting, renamed
from argus.services.qa.planning.below import forms_here, makers
from argus.services.qa.planning.composition import (
    DELETED_IS_UNLISTED,
    OTHERS_STAY,
    Lifecycle,
    compose,
    other,
)
from argus.services.qa.planning.controls import label
from argus.services.qa.planning.fields import Unfillable, entries
from argus.services.qa.planning.filling import fill, reach, submit
from argus.services.qa.planning.learning import Note, learn
from argus.services.qa.planning.recorder import InputRefused, NotLearned, Recorder
from argus.services.qa.planning.refusing import learn_refusals

_MOST_FORMS = 2


async def learn_nested(
    owners: Recorder,
    hand: Recorder,
    site: Site,
    owner: Lifecycle,
    seed: int,
    nonce: str,
    note: Note,
) -> AsyncGenerator[tuple[Lifecycle, list[Test]]]:
    """The lives of records that a page of the `owner` has forms for, and their tests.

    Both hands are of one session; `owners` makes and deletes the owner. Nothing is learned where
    that cannot be deleted, or has no page with anything to make others with.
    """
    if not (owner.delete and owner.has_address and owner.listing and owner.may_hold):
        return
    owners.values.update(make_values(owner.variables, seed, nonce))
    way = (*owner.listing, *owner.open[:1])
    try:
        await owners.replay((*owner.create, *way))
        page = owners.path
        for path, form in (await _forms(owners, site, way))[:_MOST_FORMS]:
            hand.values.clear()
            try:
                life = await _live(hand, form, site, page, seed, nonce, note)
            except NotLearned as error:
                hand.piece()
                await note(f"{form.name or form.action_template}: {error}")
                continue
            below = _below(life, owner, (*way, *path), way)
            yield below, _tests(below, _of_owner(owner, bare(owner.removal)))
    finally:
        await owners.clear_away(owner.removal)


async def _forms(hand: Recorder, site: Site, way: Steps) -> list[tuple[Steps, Form]]:
    """Forms of the open page, and of those that it leads to, with the steps that lead there."""
    found = [((), form) for form in await forms_here(hand, site)]
    for name in [name for name in await makers(hand) if not found]:
        hand.piece()
        await hand.go(way)
        links = [each for each in await hand.elements() if label(each.fingerprint) == name]
        if not links:
            continue
        try:
            await hand.do(Action.CLICK, await hand.target(links[0]))
        except NotLearned:
            continue
        path = hand.piece()
        found += [(path, form) for form in await forms_here(hand, site)]
    return found


async def _live(
    hand: Recorder, form: Form, site: Site, page: str, seed: int, nonce: str, note: Note
) -> Lifecycle:
    """The life of a record beside another, both below the record of that page."""
    try:
        filled = entries(form)
    except Unfillable as error:
        raise NotLearned(str(error)) from error
    typed = {other(e.name): e.variable for e in filled if e.variable is not None}
    hand.values.update(make_values(typed, seed, nonce))
    await reach(hand, form, ())
    instead = {e.name: f"${{{other(e.name)}}}" for e in filled if e.variable is not None}
    await fill(hand, filled, instead)
    await submit(hand, form, filled)
    if complaint := await hand.complaint():
        raise InputRefused(complaint)
    hand.piece()
    life = await learn(hand, form, site, seed, nonce, note)
    lists = [urlsplit(str(step.value)).path for step in life.listing]
    if lists != [urlsplit(page).path] or Flow.CREATE in life.violated:
        raise NotLearned("it is not listed on the page of the record that it is below")
    life = await learn_refusals(hand, form, (), life, seed, f"{nonce} refused")
    names = [each.name for each in form.submits if noun(each.name, "", "") != "record"]
    action = form.action_template if form.action_template != form.url_template else ""
    return life.model_copy(update={"noun": noun(names[0] if names else form.name, action, "")})


def _below(life: Lifecycle, owner: Lifecycle, to_form: Steps, way: Steps) -> Lifecycle:
    """The life as it is lived by whoever has neither the record nor the one that it is below."""
    make = another = life.create[1:]  # the first step goes to the form of the owner at hand
    for name in life.variables:
        another = renamed(another, name, other(name))
    begin = _of_owner(owner, (*bare(owner.create), *to_form))
    refusals = tuple(
        refusal.model_copy(update={"steps": (*begin, *refusal.steps[1:])})
        for refusal in life.refusals
    )
    return life.model_copy(
        update={
            "variables": life.variables | {_owner(n): v for n, v in owner.variables.items()},
            "create": (*begin, *bare(another), *_of_owner(owner, to_form), *make),
            "listing": _of_owner(owner, way),
            "refusals": refusals,
            "withheld": (),
        }
    )


def _of_owner(owner: Lifecycle, steps: Steps) -> Steps:
    for name in owner.variables:
        steps = renamed(steps, name, _owner(name))
    return steps


def _owner(name: str) -> str:
    """The variable that holds, in tests of records below it, a value of the owner."""
    return f"owner_{name}"


def _tests(life: Lifecycle, remove: Steps) -> list[Test]:
    """The tests of the life; each deletes the owner in the end, and with it what is below it."""
    clean_up = Part(name="cleanup", phase=Phase.CLEANUP, steps=remove).numbered()
    made: list[Test] = []
    for test in compose(life):
        if any(each.oracle == OTHERS_STAY for step in test.steps for each in step.expect):
            continue  # it would make a second owner
        kept = [_with_the_other(s, life) for s in test.steps if s.phase is not Phase.CLEANUP]
        made.append(test.model_copy(update={"steps": (*kept, *clean_up)}))
    return made


def _with_the_other(step: Step, life: Lifecycle) -> Step:
    """The step; where a record is no longer listed, the other one still is."""
    if not any(each.oracle == DELETED_IS_UNLISTED for each in step.expect):
        return step
    stays = RowCount(text=f"${{{other(life.identity)}}}", count=1, oracle=OTHERS_STAY)
    return expecting((step,), stays)[0]
