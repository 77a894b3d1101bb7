"""What looks wrong in a matrix of who gets what. A pure function.

Nobody told Argus who may see what, so the application is held against itself: what it refuses
nearly everywhere it hardly means to give in one place.
"""

from collections.abc import Generator, Iterable, Sequence

from argus.services.qa.discovery.site import Access
from argus.services.qa.oracles.defect import Defect
from argus.services.qa.outcome import Evidence, Severity
from argus.services.qa.urls import path_template

_ENOUGH_REFUSED = 3
"""So many addresses beside it are refused before one that is given looks forgotten."""


def is_refusal(status: int) -> bool:
    """Whether a GET was not let through: refused, hidden, or led elsewhere, mostly to sign in."""
    return 300 <= status < 400 or status in (401, 403, 404, 407)


def suspicious(matrix: Sequence[Access], user: str) -> tuple[Defect, ...]:
    """Addresses that `user` sees and that another role should probably not.

    A record that is given although its list is refused; and the only address of a folder that is
    given, where at least three beside it are refused.
    """
    shown = [row for row in matrix if 200 <= row.answers.get(user, 0) < 300]
    roles = dict.fromkeys(role for row in shown for role in row.answers if role != user)
    return tuple(defect for role in roles for defect in _of_role(shown, role))


def _of_role(rows: Sequence[Access], role: str) -> Generator[Defect]:
    by_folder: dict[str, list[Access]] = {}
    statuses = {path_template(row.url): row.answers[role] for row in rows if role in row.answers}
    for row in rows:
        if role in row.answers:
            by_folder.setdefault(_folder(row.url), []).append(row)
    for folder, members in by_folder.items():
        given = [row for row in members if 200 <= row.answers[role] < 300]
        refused = [row for row in members if is_refusal(row.answers[role])]
        for row in given:
            if path_template(row.url).endswith("/{id}") and is_refusal(statuses.get(folder, 0)):
                listed = f"{folder} answers {statuses[folder]}"
                yield _defect("exposed_record", row, role, f"its list is refused: {listed}", [])
        if len(given) == 1 and len(refused) >= _ENOUGH_REFUSED and folder:
            why = f"the {len(refused)} addresses beside it are refused"
            yield _defect("exposed_address", given[0], role, why, refused)


def _folder(url: str) -> str:
    return path_template(url).rstrip("/").rpartition("/")[0]


def _defect(kind: str, row: Access, role: str, why: str, beside: Iterable[Access]) -> Defect:
    status = row.answers[role]
    return Defect(
        kind=kind,
        severity=Severity.MEDIUM,
        url=row.url,
        message=f"{row.url} answers {status} to {role}, though {why}",
        signature=f"{role} {path_template(row.url)}",
        evidence=tuple(
            Evidence(
                kind="refused", message=f"answers {each.answers[role]} to {role}", url=each.url
            )
            for each in beside
        ),
    )
