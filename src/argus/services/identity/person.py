"""Operations that are about the person who asks, not about an organization's things."""

from argus.kernel.errors import Forbidden
from argus.kernel.ids import UserId
from argus.kernel.principal import AuthenticationMethod, Principal, PrincipalKind

_SESSION = frozenset({AuthenticationMethod.SESSION, AuthenticationMethod.JWT})


def person(principal: Principal) -> UserId:
    """The user who signed in and asks for themselves.

    Raises:
        Forbidden: an API key, an agent, a service account, or a token handed to other software.
    """
    if (
        principal.kind is not PrincipalKind.USER
        or principal.method not in _SESSION
        or principal.user_id is None
    ):
        raise Forbidden("only a signed-in person can do this for themselves")
    return UserId(principal.user_id)
