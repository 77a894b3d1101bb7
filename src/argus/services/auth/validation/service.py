"""Who presents this credential? The answer to every call of every service."""

import asyncio
import hmac
import time
from collections.abc import Sequence
from dataclasses import dataclass

from argus.contracts.auth.reasons import InactiveReason
from argus.kernel.authentication import PossessionProof
from argus.kernel.clock import Clock
from argus.kernel.db.unit_of_work import UNREACHABLE, UnitOfWork
from argus.kernel.errors import ArgusError, Unavailable
from argus.kernel.ids import OrganizationId
from argus.kernel.patience import within
from argus.kernel.principal import Principal
from argus.services.auth.oauth.dpop.service import DpopProofs
from argus.services.auth.oauth.errors import InvalidDpopProof, UseDpopNonce
from argus.services.auth.presented_keys import PresentedKeys
from argus.services.auth.revocations.feed import RevocationFeed
from argus.services.auth.validation.errors import ValidationStale
from argus.services.auth.validation.examination import Examiner
from argus.services.auth.validation.findings import Finding, Findings, Validated

_PATIENCE_S = 0.4
"""For the database, while the feed hears nothing from it."""
_GONE_S = 1.0
"""For so long nothing is asked of a database that did not answer."""


@dataclass(frozen=True)
class Question:
    """Is this credential good for that audience? Without one, for this platform itself."""

    credential: str
    audience: str = ""
    proof: PossessionProof | None = None
    """Set when it came with the scheme DPoP."""


Answer = Validated | InactiveReason

Asking = tuple[OrganizationId | None, str | None]
"""Who asks: of which organization, and from which address the credential was presented. An edge
asks as nobody yet, from its client's address; a service that asks about what was sent to it does
not say from where.
"""


class Validator:
    """Validates access tokens, of accepted issuers as well, and API keys. What is wrong is an
    answer, never an exception.

    What was found out once is remembered until something that it rests on changes, of which the
    feed tells within a second (`RevocationFeed`). While the feed cannot vouch for that, the
    database is asked each time. Without the database too, what is remembered and what can be
    verified without it is answered for `ARGUS_AUTH_STALENESS_BOUND`; then this fails closed.
    """

    def __init__(
        self,
        examiner: Examiner,
        findings: Findings,
        feed: RevocationFeed,
        keys: PresentedKeys,
        proofs: DpopProofs,
        clock: Clock,
        audience: str,
    ) -> None:
        self._examiner, self._findings, self._feed = examiner, findings, feed
        self._keys, self._proofs, self._clock = keys, proofs, clock
        self._audience = audience
        self._gone_until = 0.0

    def recall(self, asking: Asking, credential: str, audience: str = "") -> Answer | None:
        """The answer that `validate` would give to a question without a proof, if that takes
        neither the database nor a signature; else None.
        """
        if not self._feed.is_current:
            return None
        found = self._findings.recall(credential)
        if found is None or found.bound_to:
            return None
        return self._told(found, asking, audience)

    async def validate(self, uow: UnitOfWork, questions: Sequence[Question]) -> list[Answer]:
        """The answers, in order. A caller of an organization learns nothing of another's
        credentials: to it they are unknown. `uow` is the caller's; only proofs are written by it.

        Raises:
            ValidationStale, Unavailable: the database is needed, and does not answer.
            HashersBusy
        """
        found = await self._find_all({question.credential for question in questions})
        return [
            await self._answer(uow, question, found[question.credential]) for question in questions
        ]

    def rests_on(self, question: Question) -> Sequence[bytes]:
        """The keys of the feed of which one changes when the answer, just given, may be another.

        Empty if nobody may remember it.
        """
        if question.proof is not None or not self._feed.is_current:
            return ()
        found = self._findings.recall(question.credential)
        return found.keys if isinstance(found, Finding) and found.bound_to is None else ()

    async def _find_all(self, credentials: set[str]) -> dict[str, Finding | InactiveReason]:
        found: dict[str, Finding | InactiveReason] = {}
        if self._feed.is_current:
            for credential in credentials:
                if (remembered := self._findings.recall(credential)) is not None:
                    found[credential] = remembered
        missing = [credential for credential in credentials if credential not in found]
        if len(missing) == 1:
            found[missing[0]] = await self._find(missing[0])
        elif missing:  # at once, so that keys are one look-up
            try:
                async with asyncio.TaskGroup() as group:
                    finding = {each: group.create_task(self._find(each)) for each in missing}
            except* ArgusError as failures:
                raise failures.exceptions[0] from None
            found |= {credential: task.result() for credential, task in finding.items()}
        return found

    async def _answer(
        self, uow: UnitOfWork, question: Question, found: Finding | InactiveReason
    ) -> Answer:
        if isinstance(found, InactiveReason):
            return found
        answer = self._told(found, asking_of(uow.principal), question.audience)
        if isinstance(answer, InactiveReason):
            return answer
        return await self._check_proof(uow, found.bound_to, question) or answer

    def _told(self, found: Finding, asking: Asking, audience: str) -> Answer:
        organization_id, address = asking
        if _is_foreign(organization_id, found):
            return InactiveReason.UNKNOWN
        if (audience or self._audience) != found.audience:
            return InactiveReason.AUDIENCE
        if isinstance(found.answer, InactiveReason):
            return found.answer
        if address is not None and found.demands.refusal_of_address(address):
            return InactiveReason.ADDRESS
        if found.api_key is not None:
            self._keys.note_use(found.api_key, self._clock.now())
        return found.answer

    async def _find(self, credential: str) -> Finding | InactiveReason:
        feed = self._feed
        if feed.is_current:
            return await self._find_by_picture(credential)
        if not feed.is_usable:
            try:
                return await self._look_up(credential, by_picture=False)
            except UNREACHABLE as error:
                raise ValidationStale from error
        if self._gone_until <= time.monotonic():
            try:
                return await within(_PATIENCE_S, self._look_up(credential, by_picture=False))
            except UNREACHABLE:
                self._gone_until = time.monotonic() + _GONE_S
        try:
            return await within(_PATIENCE_S, self._find_by_picture(credential))
        except TimeoutError:
            raise Unavailable("the database does not answer") from None

    async def _find_by_picture(self, credential: str) -> Finding | InactiveReason:
        remembered = self._findings.recall(credential)
        if remembered is not None:
            return remembered
        try:
            return await self._look_up(credential, by_picture=True)
        except UNREACHABLE as error:
            raise Unavailable("the database does not answer") from error

    async def _look_up(self, credential: str, *, by_picture: bool) -> Finding | InactiveReason:
        self._findings.recalls.misses += 1
        sequence = self._feed.sequence
        found = await self._examiner.examine(credential, by_picture=by_picture)
        # What the database refused while the feed lags stays refused if the database goes as well.
        if isinstance(found, Finding) and (isinstance(found.answer, Validated) or not by_picture):
            self._findings.remember(credential, found, sequence)
        return found

    async def _check_proof(
        self, uow: UnitOfWork, bound_to: str | None, question: Question
    ) -> InactiveReason | None:
        """RFC 9449 section 7.1: a token that is bound to a key comes with a proof of that key, and
        no other token comes with one.
        """
        proof = question.proof
        if bound_to is None and proof is None:
            return None
        if bound_to is None or proof is None:
            return InactiveReason.PROOF
        try:
            proved = await self._proofs.check(
                uow,
                proof.jwt,
                method=proof.method,
                url=proof.url,
                access_token=question.credential,
            )
        except InvalidDpopProof:
            return InactiveReason.PROOF
        except UseDpopNonce:
            return InactiveReason.NONCE
        return None if hmac.compare_digest(proved, bound_to) else InactiveReason.PROOF


def asking_of(principal: Principal) -> Asking:
    """As whom this principal asks."""
    return principal.organization_id, None if principal.is_authenticated else principal.address


def _is_foreign(organization_id: OrganizationId | None, found: Finding) -> bool:
    # By their integers: identifiers compare themselves in Python.
    return organization_id is not None and organization_id.int != found.organization_id.int
