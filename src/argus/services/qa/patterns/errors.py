"""What can go wrong with learnt heals."""

from argus.kernel.errors import ArgusError, NotFound


class HealNotFound(NotFound):
    """There is no such heal in the caller's organization."""

    code, title = "qa.heal.not_found", "Heal not found"


class HealUnlearnt(ArgusError):
    """The heal failed when it was tried again, and is not used any more.

    Run the tests anew: what is found and proven then is a new heal, to be approved by itself.
    """

    code, status, title = "qa.heal.unlearnt", 409, "Heal has been unlearnt"
