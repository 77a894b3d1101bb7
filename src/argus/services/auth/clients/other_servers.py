"""Other authorization servers, for which a client gets identity assertions (ID-JAG) here."""

from typing import Annotated

from pydantic import Field, StringConstraints

from argus.kernel.schema import Value
from argus.services.auth.clients.metadata import MAX_URI, ServerUri

_ScopeName = Annotated[
    str, StringConstraints(min_length=1, max_length=200, pattern=r"^[!#-\[\]-~]+$")
]


class OtherServer(Value):
    """What the client may have there for every member of its organization, who is not asked: who
    manages the client decides.
    """

    issuer: ServerUri
    """Exactly as the other server's metadata spell it."""
    client_id: Annotated[str, StringConstraints(min_length=1, max_length=MAX_URI)]
    """As what the other server knows the client."""
    scopes: Annotated[tuple[_ScopeName, ...], Field(min_length=1, max_length=100)]
    resources: Annotated[tuple[ServerUri, ...], Field(max_length=20)] = ()
    """Identifiers of the resources there that the client may name; none: it names none."""
