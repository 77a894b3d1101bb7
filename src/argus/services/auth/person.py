"""Whose session a request came with."""

from argus.kernel.errors import Forbidden
from argus.kernel.ids import SessionId, UserId
from argus.kernel.principal import Principal


def person(principal: Principal) -> tuple[UserId, SessionId]:
    """The signed-in person and the session.

    Raises:
        Forbidden: anybody else: a key, a client without a person.
    """
    if principal.user_id is None or principal.session_id is None:
        raise Forbidden("only a signed-in person may do this")
    return UserId(principal.user_id), principal.session_id
