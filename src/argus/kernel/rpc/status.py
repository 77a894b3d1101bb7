"""Catalogue errors on gRPC: a status code and `google.rpc.ErrorInfo` with `reason` = the code."""

import grpc
import orjson
from google.protobuf import any_pb2
from google.rpc import (  # pyright: ignore[reportMissingTypeStubs]
    code_pb2,
    error_details_pb2,
    status_pb2,
)
from grpc import aio

from argus.kernel.errors import ArgusError, DeadlineExceeded, Unavailable, by_code

DOMAIN = "argus"
METADATA_KEY = "grpc-status-details-bin"
"""Where gRPC carries a `google.rpc.Status`, by convention of all its implementations."""

_CODES = {
    401: code_pb2.UNAUTHENTICATED,
    402: code_pb2.FAILED_PRECONDITION,
    403: code_pb2.PERMISSION_DENIED,
    404: code_pb2.NOT_FOUND,
    409: code_pb2.ABORTED,
    413: code_pb2.INVALID_ARGUMENT,
    422: code_pb2.INVALID_ARGUMENT,
    429: code_pb2.RESOURCE_EXHAUSTED,
    503: code_pb2.UNAVAILABLE,
    504: code_pb2.DEADLINE_EXCEEDED,
}
_GRPC_CODES = {code.value[0]: code for code in grpc.StatusCode}


def to_status(error: ArgusError) -> status_pb2.Status:
    """The error as every gRPC client can read it."""
    detail = any_pb2.Any()
    detail.Pack(
        error_details_pb2.ErrorInfo(
            reason=error.code,
            domain=DOMAIN,
            metadata={"extensions": orjson.dumps(error.extensions).decode()},
        )
    )
    return status_pb2.Status(
        code=_CODES.get(error.status, code_pb2.FAILED_PRECONDITION),
        message=error.detail,
        details=[detail],
    )


def grpc_code(status: status_pb2.Status) -> grpc.StatusCode:
    """The same code, in grpcio's own type."""
    return _GRPC_CODES[status.code]


def from_status(status: status_pb2.Status) -> ArgusError:
    """The catalogue's error behind a received status; `Unavailable` for a foreign one."""
    for detail in status.details:
        info = error_details_pb2.ErrorInfo()
        if detail.Unpack(info) and info.domain == DOMAIN:
            error = by_code(info.reason)
            if error is not None:
                return rebuild(error, status.message, info.metadata.get("extensions", "{}"))
    return Unavailable(status.message)


def from_failure(failure: aio.AioRpcError) -> ArgusError:
    """The catalogue's error behind a call that failed, wherever it did."""
    for key, value in failure.trailing_metadata():
        if key == METADATA_KEY and isinstance(value, bytes):
            return from_status(status_pb2.Status.FromString(value))
    if failure.code() is grpc.StatusCode.DEADLINE_EXCEEDED:
        return DeadlineExceeded()
    return Unavailable(failure.details() or "")


def rebuild(error: type[ArgusError], detail: str, extensions: str) -> ArgusError:
    """An error of class `error` as it was raised elsewhere."""
    rebuilt = error.__new__(error)
    ArgusError.__init__(rebuilt, detail, **orjson.loads(extensions))
    return rebuilt
