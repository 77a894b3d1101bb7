"""What language models may still cost a run, and what they have."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

from argus.services.qa.outcome import Cost


class BudgetSpent(Exception):
    """The call might cost more than the run has left."""


@dataclass
class Booking:
    """Of one call: its worst case, until its real cost is known."""

    usd: float


class Budget:
    """A hard limit: a call is booked with the most that it can cost before it is made.

    A call that brought no answer counts with that, since its provider may charge it.
    """

    def __init__(self, limit_usd: float, spent: Cost) -> None:
        self._limit_usd, self._booked_usd = limit_usd, 0.0
        self.spent = spent

    @contextmanager
    def book(self, worst_usd: float) -> Generator[Booking]:
        """Room for a call; whoever makes it sets what it really cost.

        Raises:
            BudgetSpent: there is none.
        """
        if self.spent.usd + self._booked_usd + worst_usd > self._limit_usd:
            raise BudgetSpent
        booking = Booking(worst_usd)
        self._booked_usd += worst_usd
        try:
            yield booking
        finally:
            self._booked_usd -= worst_usd
            self.spent = Cost(
                model_calls=self.spent.model_calls + 1, usd=self.spent.usd + booking.usd
            )
