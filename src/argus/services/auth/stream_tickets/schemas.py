"""What is asked and told of tickets."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from argus.kernel.http.stream_tickets import STREAMS
from argus.kernel.schema import Request, Response


class TicketRequest(Request):
    """A ticket for one stream."""

    path: Annotated[str, Field(max_length=500, pattern=rf"^{STREAMS}[^?#\x00-\x20]+$")]
    """Of the stream, without a query: `/api/v1/stream/test/run_…`."""


class Ticket(Response):
    """Add it to the stream's address as `?ticket=…`. It is good for one request, in 30 s."""

    ticket: str
    path: str
    expires_at: datetime
