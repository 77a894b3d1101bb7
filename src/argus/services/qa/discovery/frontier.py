"""What to try next: new fragments first, then the least tried, then the shallow (FragGen's order).

A fragment is what repeats over an application: for a link the template of its address, for a
button its place and name. Pure bookkeeping, without a browser.
"""

from collections import Counter
from dataclasses import dataclass, field
from heapq import heappop, heappush, heapreplace

from argus.services.qa.leads import NO_LEADS, Leads

MAX_WAITING = 2_000
_WAITING_PER_FRAGMENT = 5
_FRUITLESS_TRIES = 2
"""So often a fragment that never led to anything new is tried; one that did, until it does not."""
_FRUITLESS_VARIANTS = 2


@dataclass(frozen=True, slots=True)
class Visit:
    """Open an address that some page links to."""

    url: str
    fragment: str
    """URL template."""
    family: str
    """Path template: pages that differ in their query parameters are one family."""
    depth: int
    source: str
    """URL of the page with the link."""


@dataclass(frozen=True, slots=True)
class Press:
    """Press a control of a state."""

    state: str
    fragment: str
    """`ActionSeen.fragment`: where the control stands in a page's structure, and its name."""
    depth: int
    family: str = ""


Candidate = Visit | Press


Rank = tuple[int, int, float, int, int]
"""Tries of the fragment, fruitless tries of the family, what the code says the address matters
(the most is the least here), depth, age: the least is next.
"""
_Entry = tuple[Rank, Candidate]


@dataclass
class Tried:
    """All that a frontier knows; another one with the same memory decides the same."""

    waiting: dict[int, Candidate] = field(default_factory=dict[int, Candidate])
    """By age: the how many-th it was to become known."""
    known: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    per_fragment: Counter[str] = field(default_factory=Counter[str])
    tries: Counter[str] = field(default_factory=Counter[str])
    fruitful: set[str] = field(default_factory=set[str])
    fruitless: Counter[str] = field(default_factory=Counter[str])
    fruitless_family: Counter[str] = field(default_factory=Counter[str])


class Frontier:
    """Candidates not tried yet; each address and each (state, fragment) enters once.

    A decision takes time logarithmic in the candidates that wait: ranks only ever rise, so an entry
    of a heap is put right when it comes up.
    """

    def __init__(self, leads: Leads = NO_LEADS, memory: Tried | None = None) -> None:
        self.memory = memory or Tried()
        self._leads = leads
        self._by_rank: list[_Entry] = []
        self._by_state: dict[str, list[_Entry]] = {}
        for age, candidate in self.memory.waiting.items():
            self._push(age, candidate)

    def start_with(self, entrance: Visit) -> None:
        """The entrance is being visited: it is not to be tried again."""
        self.add(entrance)
        del self.memory.waiting[len(self.memory.known)]

    def add(self, candidate: Candidate) -> None:
        """Keep the candidate for later, unless enough of its kind wait already."""
        if isinstance(candidate, Visit):
            route = candidate.url if "#" in candidate.fragment else candidate.url.partition("#")[0]
            identity = ("", route)
        else:
            identity = (candidate.state, candidate.fragment)
        memory = self.memory
        if identity in memory.known or len(memory.waiting) >= MAX_WAITING:
            return
        if memory.per_fragment[candidate.fragment] >= _WAITING_PER_FRAGMENT:
            return
        memory.known.add(identity)
        memory.per_fragment[candidate.fragment] += 1
        age = len(memory.known)
        memory.waiting[age] = candidate
        self._push(age, candidate)

    def next(self, here: str) -> Candidate | None:
        """Take the best candidate; controls of the state `here`, which is open, are cheapest."""
        best = self._first(self._by_rank)
        if best is None:
            return None
        at_hand = self._first(self._by_state.get(here, []))
        if at_hand is not None and at_hand[0][:3] == best[0][:3]:
            best = at_hand
        candidate = self.memory.waiting.pop(_age(best))
        self.memory.tries[candidate.fragment] += 1
        return candidate

    def learned(self, candidate: Candidate, *, new: bool) -> None:
        """Trying the candidate led to a new state, or to nothing new."""
        memory = self.memory
        if new:
            memory.fruitful.add(candidate.fragment)
            memory.fruitless[candidate.fragment] = 0
        else:
            memory.fruitless[candidate.fragment] += 1
            memory.fruitless_family[candidate.family] += bool(candidate.family)

    def drop_state(self, state: str) -> None:
        """Forget the controls of a state that cannot be reached again."""
        for entry in self._by_state.pop(state, []):
            self.memory.waiting.pop(_age(entry), None)

    def _push(self, age: int, candidate: Candidate) -> None:
        entry = (self._rank(age, candidate), candidate)
        heappush(self._by_rank, entry)
        if isinstance(candidate, Press):
            heappush(self._by_state.setdefault(candidate.state, []), entry)

    def _first(self, heap: list[_Entry]) -> _Entry | None:
        """The least of the heap that still waits and is worth a try."""
        waiting = self.memory.waiting
        while heap:
            rank, candidate = heap[0]
            age = _age(heap[0])
            if age not in waiting or self._exhausted(candidate):
                waiting.pop(age, None)
                heappop(heap)
            elif (now := self._rank(age, candidate)) != rank:
                heapreplace(heap, (now, candidate))
            else:
                return heap[0]
        return None

    def _exhausted(self, candidate: Candidate) -> bool:
        memory, fragment = self.memory, candidate.fragment
        tries = 1 if fragment in memory.fruitful else _FRUITLESS_TRIES
        return (
            memory.fruitless[fragment] >= tries
            or memory.fruitless_family[candidate.family] >= _FRUITLESS_VARIANTS
        )

    def _rank(self, age: int, candidate: Candidate) -> Rank:
        return (
            self.memory.tries[candidate.fragment],
            self.memory.fruitless_family[candidate.family],
            -self._leads.priority(candidate.family) if candidate.family else 0.0,
            candidate.depth,
            age,
        )


def _age(entry: _Entry) -> int:
    return entry[0][-1]
