"""What travels with one unit of work through the process: request id and principal, for logs,
events and sibling calls. Set by the edges (HTTP, gRPC, relay, worker), read by the kernel only.
"""

from contextvars import ContextVar

from argus.kernel.principal import ANONYMOUS, Principal

request_id: ContextVar[str] = ContextVar("argus_request_id", default="")
principal: ContextVar[Principal] = ContextVar("argus_principal", default=ANONYMOUS)
