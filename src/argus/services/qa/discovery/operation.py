"""An operation of an API; apart from how it is found, which takes the library of the browser."""

from argus.kernel.schema import Value
from argus.services.qa.discovery.json_schema import Schema


class Operation(Value):
    """A method on a path with identifiers folded to `{id}`, as seen or as documented."""

    method: str
    template: str
    example: str
    """A URL it was seen at, without its host and query; empty if it is only documented."""
    calls: int
    statuses: tuple[int, ...]
    """Seen."""
    query: tuple[str, ...]
    """Names of query parameters seen."""
    request: Schema | None
    """Schema of the JSON bodies seen; None if there were none."""
    responses: dict[int, Schema]
    """Schema of the JSON answers seen, by status."""
    documented: bool
    """The application's own OpenAPI description names it."""
