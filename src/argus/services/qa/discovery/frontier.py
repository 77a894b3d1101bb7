"""What to try next: new fragments first, then the least tried, then the shallow (FragGen's order).

A fragment is what repeats over an application: for a link the template of its address, for a
button its place and name. Pure bookkeeping, without a browser.
"""

from collections import Counter
from dataclasses import dataclass
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


class Frontier:
    """Candidates not tried yet; each address and each (state, fragment) enters once.

    A decision takes time logarithmic in the candidates that wait: ranks only ever rise, so an entry
    of a heap is put right when it comes up.
    """

    def __init__(self, leads: Leads = NO_LEADS) -> None:
        self._leads = leads
        self._waiting: dict[Candidate, int] = {}
        self._known: set[tuple[str, str]] = set()
        self._by_rank: list[tuple[Rank, Candidate]] = []
        self._by_state: dict[str, list[tuple[Rank, Candidate]]] = {}
        self._per_fragment: Counter[str] = Counter()
        self._tries: Counter[str] = Counter()
        self._fruitful: set[str] = set()
        self._fruitless: Counter[str] = Counter()
        self._fruitless_family: Counter[str] = Counter()

    def start_with(self, entrance: Visit) -> None:
        """The entrance is being visited: it is not to be tried again."""
        self.add(entrance)
        del self._waiting[entrance]

    def add(self, candidate: Candidate) -> None:
        """Keep the candidate for later, unless enough of its kind wait already."""
        if isinstance(candidate, Visit):
            route = candidate.url if "#" in candidate.fragment else candidate.url.partition("#")[0]
            identity = ("", route)
        else:
            identity = (candidate.state, candidate.fragment)
        if identity in self._known or len(self._waiting) >= MAX_WAITING:
            return
        if self._per_fragment[candidate.fragment] >= _WAITING_PER_FRAGMENT:
            return
        self._known.add(identity)
        self._per_fragment[candidate.fragment] += 1
        self._waiting[candidate] = len(self._known)
        entry = (self._rank(candidate), candidate)
        heappush(self._by_rank, entry)
        if isinstance(candidate, Press):
            heappush(self._by_state.setdefault(candidate.state, []), entry)

    def next(self, here: str) -> Candidate | None:
        """Take the best candidate; controls of the state `here`, which is open, are cheapest."""
        best = self._first(self._by_rank)
        if best is None:
            return None
        at_hand = self._first(self._by_state.get(here, []))
        if at_hand is not None and at_hand[0][:3] == best[0][:3]:
            best = at_hand
        candidate = best[1]
        del self._waiting[candidate]
        self._tries[candidate.fragment] += 1
        return candidate

    def learned(self, candidate: Candidate, *, new: bool) -> None:
        """Trying the candidate led to a new state, or to nothing new."""
        if new:
            self._fruitful.add(candidate.fragment)
            self._fruitless[candidate.fragment] = 0
        else:
            self._fruitless[candidate.fragment] += 1
            self._fruitless_family[candidate.family] += bool(candidate.family)

    def drop_state(self, state: str) -> None:
        """Forget the controls of a state that cannot be reached again."""
        for _, candidate in self._by_state.pop(state, []):
            self._waiting.pop(candidate, None)

    def _first(self, heap: list[tuple[Rank, Candidate]]) -> tuple[Rank, Candidate] | None:
        """The least of the heap that still waits and is worth a try."""
        while heap:
            rank, candidate = heap[0]
            if candidate not in self._waiting or self._exhausted(candidate):
                self._waiting.pop(candidate, None)
                heappop(heap)
            elif (now := self._rank(candidate)) != rank:
                heapreplace(heap, (now, candidate))
            else:
                return heap[0]
        return None

    def _exhausted(self, candidate: Candidate) -> bool:
        fragment = candidate.fragment
        tries = 1 if fragment in self._fruitful else _FRUITLESS_TRIES
        return (
            self._fruitless[fragment] >= tries
            or self._fruitless_family[candidate.family] >= _FRUITLESS_VARIANTS
        )

    def _rank(self, candidate: Candidate) -> Rank:
        return (
            self._tries[candidate.fragment],
            self._fruitless_family[candidate.family],
            -self._leads.priority(candidate.family) if candidate.family else 0.0,
            candidate.depth,
            self._waiting[candidate],
        )
