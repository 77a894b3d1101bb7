"""Authentication at the edges of a process that hosts this service: no call, and most often no
database.
"""

import asyncio

from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from argus.contracts.auth.authenticator import check_scheme, refusal_of
from argus.contracts.auth.reasons import InactiveReason
from argus.kernel.authentication import PossessionProof
from argus.kernel.db.unit_of_work import Database
from argus.kernel.errors import DeadlineExceeded, Unavailable
from argus.kernel.principal import Principal, anonymous
from argus.services.auth.oauth.dpop.nonces import DpopNonces
from argus.services.auth.validation.findings import Validated
from argus.services.auth.validation.service import Answer, Question, Validator

DEADLINE_S = 2.0


class LocalAuthenticator:
    """Asks the validator itself."""

    def __init__(self, database: Database, validator: Validator, nonces: DpopNonces) -> None:
        self._database, self._validator, self._nonces = database, validator, nonces

    async def authenticate(
        self, scheme: str, credential: str, address: str, proof: PossessionProof | None = None
    ) -> Principal:
        """The principal behind the credential; its own form tells a token from an API key.

        Raises:
            Unauthenticated: another scheme, or a credential that is not valid and live.
            ProofNotValid: the token is bound to a key that this request does not prove to hold.
            Unavailable, DeadlineExceeded: the database is needed, and does not answer.
        """
        check_scheme(scheme, proof)
        answer = None if proof else self._validator.recall((None, address), credential)
        if answer is None:
            answer = await self._ask(Question(credential, proof=proof), address)
        if isinstance(answer, InactiveReason):
            raise refusal_of(answer, self._nonces.current())
        return answer.seen_from(address)

    def recall(self, credential: str, address: str) -> Principal | None:
        """What `authenticate` would answer without a proof, if that takes no waiting."""
        answer = self._validator.recall((None, address), credential)
        return answer.seen_from(address) if isinstance(answer, Validated) else None

    async def _ask(self, question: Question, address: str) -> Answer:
        try:
            async with (
                asyncio.timeout(DEADLINE_S),
                self._database.unit_of_work(anonymous(address)) as uow,
            ):
                (answer,) = await self._validator.validate(uow, [question])
                return answer
        except TimeoutError:
            raise DeadlineExceeded(f"{DEADLINE_S} s") from None
        except (OperationalError, PoolTimeout) as error:
            raise Unavailable("the database does not answer") from error
