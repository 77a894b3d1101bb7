"""Where the gate abstains: which element a language model takes for the lost one.

Nothing that is vetoed is offered, and what is picked must be proven like everything else.
"""

from collections.abc import Sequence

from argus.services.qa.healing.gate import Choice, veto
from argus.services.qa.healing.similarity import ranks, similarity
from argus.services.qa.language_models.advice import pick
from argus.services.qa.language_models.advisor import Advisor
from argus.services.qa.target import Fingerprint

OFFERED = 10
"""The lost element is among so many likeliest ones in 95 of 100 cases (arXiv 2310.16042)."""


async def advised_choice(
    known: Fingerprint, candidates: Sequence[Fingerprint], advisor: Advisor
) -> Choice | None:
    """The candidate that the model picks, or None. See `gate.choose` for the arguments."""
    scores = [similarity(known, candidate) for candidate in candidates]
    ranking = ranks(known, candidates, scores)
    offered = [
        index
        for index in sorted(range(len(ranking)), key=ranking.__getitem__, reverse=True)[:OFFERED]
        if not veto(known, candidates[index], [*candidates[:index], *candidates[index + 1 :]])
    ]
    picked = (
        await pick(known, [candidates[index] for index in offered], advisor) if offered else None
    )
    if picked is None:
        return None
    index, evidence = offered[picked[0]], picked[1]
    return Choice(
        index=index,
        accepted=True,
        score=round(scores[index], 3),
        margin=0,
        grounds=None,
        reasons=(f"a language model took it for the lost one: {evidence}",),
    )
