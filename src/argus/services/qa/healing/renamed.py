"""Which elements may be the lost one under another name, where that is all that speaks for it.

Not enough for a heal, which nobody looks at. It tells a control that was given another name from
one that is gone, for a person to confirm.
"""

from collections.abc import Sequence

from argus.services.qa.healing.gate import contradiction, identities, role_class
from argus.services.qa.healing.similarity import label, ranks, similarity
from argus.services.qa.planning.controls import Purpose, purpose
from argus.services.qa.target import Fingerprint

_LEAST = 0.3
_ANY_WORD = frozenset({Purpose.SAVE, Purpose.OTHER})
"""Where each application has words of its own: store, go, apply."""


def maybe_renamed(
    known: Fingerprint, candidates: Sequence[Fingerprint], others: Sequence[Fingerprint]
) -> list[int]:
    """Indices of the candidates that nothing speaks against, the likeliest first.

    `others` are the further elements that the test knows: what goes by the name of one of them is
    that one. The arguments have their variables filled in.
    """
    names = {label(each) for each in others} | {""}
    scores = [similarity(known, candidate) for candidate in candidates]
    ranking = ranks(known, candidates, scores)
    found: list[int] = []
    for index in sorted(range(len(ranking)), key=ranking.__getitem__, reverse=True):
        candidate = candidates[index]
        rest = [*candidates[:index], *candidates[index + 1 :]]
        if (
            (scores[index] >= _LEAST or _is_identified(known, candidate))
            and role_class(candidate) == role_class(known) != "text"
            and label(candidate) not in names
            and _does_the_same(known, candidate)
            and not contradiction(known, candidate, rest)
        ):
            found.append(index)
    return found


def _is_identified(known: Fingerprint, candidate: Fingerprint) -> bool:
    return bool(identities(known).items() & identities(candidate).items())


def _does_the_same(known: Fingerprint, candidate: Fingerprint) -> bool:
    purposes = {purpose(known), purpose(candidate)}
    return len(purposes) == 1 or purposes <= _ANY_WORD or role_class(known) != "activated"
