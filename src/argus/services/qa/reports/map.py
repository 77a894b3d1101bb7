"""Where the boxes and lines of a site map go: a tree of the shortest ways, drawn left to right.

Every leaf has a line of its own and a parent stands beside its first child, so nothing overlaps, no
way crosses another, and reading begins at the upper left. Other presses between states are curves
behind it; links that many pages share are not drawn.
"""

from collections import defaultdict, deque
from collections.abc import Collection
from dataclasses import dataclass

from argus.services.qa.discovery.site import Site, State
from argus.services.qa.ir import Action

BOX_WIDTH, BOX_HEIGHT = 192, 38
COLUMN, LINE = 240, 48
MARGIN = 12
_LETTERS_OF_TITLE, _LETTERS_OF_PLACE = 23, 25
_MOST_CROSS_WAYS = 60


@dataclass(frozen=True)
class Box:
    """A state at its place, in pixels; `tone` is a class of the page's style sheet."""

    x: int
    y: int
    title: str
    place: str
    hint: str
    url: str
    tone: str


@dataclass(frozen=True)
class SiteMap:
    """Boxes, and the lines between them as SVG path data."""

    width: int
    height: int
    boxes: tuple[Box, ...]
    ways: tuple[str, ...]
    cross_ways: tuple[str, ...]


def site_map(site: Site, broken: Collection[str]) -> SiteMap:
    """The map of `site`; states with a URL in `broken` are marked."""
    states = {state.key: state for state in site.states}
    children = _tree(site, states)
    places: dict[str, tuple[int, int]] = {}
    leaves = 0

    def place(root: str) -> None:
        nonlocal leaves
        waiting = [(root, 0, False)]
        while waiting:
            key, depth, placed = waiting.pop()
            below = children[key]
            if below and not placed:
                waiting.append((key, depth, True))
                waiting += [(child, depth + 1, False) for child in reversed(below)]
                continue
            y = places[below[0]][1] if below else leaves * LINE + MARGIN
            leaves += not below
            places[key] = (depth * COLUMN + MARGIN, y)

    reached = {child for below in children.values() for child in below}
    for key in states:
        if key not in reached:
            place(key)
    tree = {(key, child) for key, below in children.items() for child in below}
    presses = dict.fromkeys(
        (way.source, way.target)
        for way in site.transitions
        if way.action.action is not Action.GOTO and {way.source, way.target} <= states.keys()
    )
    crossing = [pair for pair in presses if pair not in tree][:_MOST_CROSS_WAYS]
    return SiteMap(
        width=max((x for x, _ in places.values()), default=0) + BOX_WIDTH + MARGIN,
        height=max((y for _, y in places.values()), default=0) + BOX_HEIGHT + MARGIN,
        boxes=tuple(_box(states[key], places[key], broken) for key in places),
        ways=tuple(_curve(places[source], places[target]) for source, target in sorted(tree)),
        cross_ways=tuple(_curve(places[source], places[target]) for source, target in crossing),
    )


def _tree(site: Site, states: dict[str, State]) -> dict[str, list[str]]:
    """Children of each state by the shortest way from the first one; unreached states are roots."""
    leads: dict[str, dict[str, None]] = defaultdict(dict)
    for way in site.transitions:
        if way.source in states and way.target in states:
            leads[way.source][way.target] = None
    children: dict[str, list[str]] = {key: [] for key in states}
    known: set[str] = set()
    for root in states:
        if root in known:
            continue
        known.add(root)
        waiting = deque([root])
        while waiting:
            here = waiting.popleft()
            for target in leads[here]:
                if target not in known:
                    known.add(target)
                    children[here].append(target)
                    waiting.append(target)
    return children


def _box(state: State, place: tuple[int, int], broken: Collection[str]) -> Box:
    pressed = [step.target.description for step in state.path if step.target is not None]
    kind = "dialog, " if state.dialog_open else "refused input, " if state.validation_error else ""
    tone = "healed" if state.dialog_open else "flaky" if state.validation_error else "skipped"
    return Box(
        x=place[0],
        y=place[1],
        title=_cut(f"{kind}{state.title or state.url_template}", _LETTERS_OF_TITLE),
        place=_cut(pressed[-1] if pressed else state.url_template, _LETTERS_OF_PLACE),
        hint=" then ".join([state.url, *(f"press {each}" for each in pressed)]),
        url=state.url,
        tone="failed" if state.url in broken else tone,
    )


def _curve(source: tuple[int, int], target: tuple[int, int]) -> str:
    """From the right side of one box to the left side of the other."""
    x1, y1 = source[0] + BOX_WIDTH, source[1] + BOX_HEIGHT // 2
    x2, y2 = target[0], target[1] + BOX_HEIGHT // 2
    bend = max((x2 - x1) // 2, 24)
    return f"M{x1} {y1}C{x1 + bend} {y1} {x2 - bend} {y2} {x2} {y2}"


def _cut(text: str, letters: int) -> str:
    return text if len(text) <= letters else text[: letters - 1] + "…"
