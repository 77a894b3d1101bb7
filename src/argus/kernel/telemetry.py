"""Logs, traces and metrics of a process.

Logs are JSON lines on standard error (readable lines on a terminal), with request id and trace id.
Traces go to the collector that `OTEL_EXPORTER_OTLP_ENDPOINT` names, and nowhere when it is unset.
"""

import logging
import os
import sys
from collections import defaultdict
from collections.abc import Iterable, MutableMapping
from typing import Any

import structlog
from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from prometheus_client import REGISTRY, Counter, Gauge, Histogram, Metric
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector

from argus.kernel import context

HTTP_SECONDS = Histogram(
    "argus_http_request_seconds",
    "Time to answer an HTTP request",
    ["method", "route", "status"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
RPC_SECONDS = Histogram("argus_rpc_request_seconds", "Time to answer an RPC", ["method", "code"])
EVENTS = Counter("argus_relay_events_total", "Events relayed", ["service", "outcome"])
OUTBOX_WAITING = Gauge("argus_relay_outbox_waiting", "Events not yet relayed", ["service"])
RATE_LIMITED = Counter("argus_http_rate_limited_total", "Requests refused by a limit", ["limit"])
RATE_LIMIT_FALLBACKS = Counter(
    "argus_http_rate_limit_fallbacks_total",
    "Requests that this process counted alone because Valkey did not answer",
)
CACHE_LOOKUPS = Counter(
    "argus_cache_lookups_total",
    "Values looked up: known to the process, to Valkey, found out, or outdated for want of better",
    ["cache", "where"],
)
VALKEY_FAILURES = Counter("argus_valkey_failures_total", "Calls of Valkey that failed")

_SECRET_WORDS = ("password", "secret", "token", "authorization", "api_key", "cookie")


class Recalls:
    """How often a memory knew what it was asked, and how often that had to be found out.

    Plain numbers, which `argus_memory_lookups_total{memory,outcome}` sums up when somebody looks:
    to count in a metric costs as much as to remember.
    """

    __slots__ = ("hits", "misses")

    def __init__(self, memory: str) -> None:
        self.hits = self.misses = 0
        _recalls.of[memory].append(self)


class _Recalls(Collector):
    def __init__(self) -> None:
        self.of: defaultdict[str, list[Recalls]] = defaultdict(list)

    def collect(self) -> Iterable[Metric]:
        lookups = CounterMetricFamily(
            "argus_memory_lookups",
            "What a memory of this process was asked: known, or to be found out",
            labels=["memory", "outcome"],
        )
        for memory, counted in self.of.items():
            lookups.add_metric([memory, "hit"], sum(each.hits for each in counted))
            lookups.add_metric([memory, "miss"], sum(each.misses for each in counted))
        yield lookups


_recalls = _Recalls()
REGISTRY.register(_recalls)


def configure_logging(level: str, *, json_lines: bool = False) -> None:
    """Route structlog and the standard library's loggers to one renderer."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _add_context,
        _redact,
    ]
    terminal = sys.stderr.isatty() and not json_lines
    renderer: Any = (
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
        if terminal
        else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping()[level.upper()]
        ),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *([] if terminal else [structlog.processors.format_exc_info]),
                renderer,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for noisy in ("httpx", "httpcore", "procrastinate", "psycopg.pool", "alembic", "mcp"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def exports_traces() -> bool:
    """Whether a collector is configured."""
    return bool(os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"))


def configure_tracing(service: str) -> None:
    """Name traces; record and export their spans when a collector is configured."""
    provider = TracerProvider(
        sampler=None if exports_traces() else ALWAYS_OFF,
        resource=Resource.create({"service.name": service}),
    )
    if exports_traces():
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415 - slow import, only when used
            OTLPSpanExporter,
        )
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)


def _add_context(
    _logger: Any, _name: str, fields: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    if request_id := context.request_id.get():
        fields["request_id"] = request_id
    span = trace.get_current_span().get_span_context()
    if span.is_valid:
        fields["trace_id"] = format(span.trace_id, "032x")
    return fields


def _redact(_logger: Any, _name: str, fields: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key in fields:
        if any(word in key.lower() for word in _SECRET_WORDS):
            fields[key] = "[redacted]"
    return fields
