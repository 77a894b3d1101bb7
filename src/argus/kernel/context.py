"""What travels with one unit of work through the process: request id, principal and service, for
logs, events and sibling calls. Set by the edges (HTTP, gRPC, relay, worker), read by the kernel
only.
"""

from contextvars import ContextVar

from argus.kernel.principal import ANONYMOUS, Principal

request_id: ContextVar[str] = ContextVar("argus_request_id", default="")
principal: ContextVar[Principal] = ContextVar("argus_principal", default=ANONYMOUS)
service: ContextVar[str] = ContextVar("argus_service", default="")
"""Whose handler runs; empty before it is known. While a sibling call arrives: who calls."""
