"""One catalogue, three renderings."""

import importlib
import pkgutil
import re
from datetime import timedelta
from pathlib import Path

import orjson
import pytest
from google.rpc import status_pb2
from hypothesis import given
from hypothesis import strategies as st

import argus
from argus.kernel.acr import MULTI_FACTOR
from argus.kernel.errors import (
    ArgusError,
    InternalError,
    InvalidRequest,
    NotFound,
    RateLimited,
    StepUpRequired,
    Unauthenticated,
    Unavailable,
    by_code,
    catalogue,
    json_rpc,
)
from argus.kernel.http.problems import problem
from argus.kernel.rpc.status import from_status, to_status

PAGES = Path(__file__).parents[2] / "docs/errors"


@pytest.fixture(scope="module")
def errors() -> list[type[ArgusError]]:
    """The catalogue of all services, ordered by code."""
    for module in pkgutil.walk_packages(argus.__path__, "argus."):
        if "migrations" not in module.name and not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    own = [error for error in catalogue() if error.__module__.startswith("argus.")]
    assert len(own) > 60, "the catalogue was not seen whole"
    return sorted(own, key=lambda error: error.code)


def test_codes_are_unique(errors: list[type[ArgusError]]) -> None:
    codes = [error.code for error in errors]
    assert sorted(set(codes)) == codes


def test_each_error_has_a_good_code_a_status_and_a_page(errors: list[type[ArgusError]]) -> None:
    for error in errors:
        assert re.fullmatch(r"[a-z_]+\.[a-z_]+\.[a-z_]+", error.code), error
        assert 400 <= error.status < 600, error
        assert error.status != 500, error
        assert error.__doc__ != error.__mro__[1].__doc__, error
        assert (PAGES / f"{error.code}.md").is_file(), f"{error.code}: make docs"


def test_each_error_is_the_same_after_a_call_between_services(
    errors: list[type[ArgusError]],
) -> None:
    for error in errors:
        raised = error.__new__(error)
        ArgusError.__init__(raised, "what happened", retry_after_s=7, max_age=300)
        received = from_status(status_pb2.Status.FromString(to_status(raised).SerializeToString()))
        assert type(received) is error
        assert (received.detail, received.extensions) == (raised.detail, raised.extensions)
        assert problem(received).body == problem(raised).body
        assert dict(problem(received).headers) == dict(problem(raised).headers)


def test_over_http_an_error_is_a_problem_document() -> None:
    answer = problem(InvalidRequest("no", errors=[{"at": "body/name", "why": "missing"}]))
    assert answer.status_code == 422
    assert answer.media_type == "application/problem+json"
    assert orjson.loads(bytes(answer.body)) == {
        "type": "https://argus.dev/errors/kernel.request.invalid",
        "title": "Invalid request",
        "status": 422,
        "code": "kernel.request.invalid",
        "detail": "no",
        "request_id": "",
        "errors": [{"at": "body/name", "why": "missing"}],
    }


def test_extensions_cannot_replace_the_members_of_a_problem() -> None:
    answer = orjson.loads(bytes(problem(NotFound("", code="other", status=200)).body))
    assert (answer["code"], answer["status"]) == ("kernel.request.not_found", 404)


@pytest.mark.parametrize(
    ("error", "header", "value"),
    [
        (RateLimited(retry_after_s=9), "Retry-After", "9"),
        (Unavailable(), "Retry-After", "1"),
        (
            Unauthenticated(),
            "WWW-Authenticate",
            (
                'Bearer realm="argus", DPoP realm="argus", algs="ES256 RS256 PS256 Ed25519",'
                ' ApiKey realm="argus"'
            ),
        ),
        (
            StepUpRequired(max_age=60),
            "WWW-Authenticate",
            'Bearer realm="argus", error="insufficient_user_authentication", max_age="60"',
        ),
        (
            StepUpRequired(max_age=timedelta(minutes=1), acr=MULTI_FACTOR),
            "WWW-Authenticate",
            (
                'Bearer realm="argus", error="insufficient_user_authentication",'
                ' acr_values="urn:argus:acr:2", max_age="60"'
            ),
        ),
    ],
)
def test_headers_say_what_to_do(error: ArgusError, header: str, value: str) -> None:
    assert problem(error).headers[header] == value


def test_over_json_rpc_an_error_names_its_code() -> None:
    assert json_rpc(NotFound("no such key")) == {
        "code": -32000,
        "message": "Not found",
        "data": {"code": "kernel.request.not_found", "detail": "no such key"},
    }
    assert json_rpc(InvalidRequest())["code"] == -32602


def test_a_foreign_status_is_unavailable() -> None:
    assert type(from_status(status_pb2.Status(code=14, message="down"))) is Unavailable


def test_a_code_that_is_not_known_here_is_unavailable() -> None:
    status = to_status(InternalError())
    status.details[0].value = status.details[0].value.replace(b"internal", b"xnternal")
    assert type(from_status(status)) is Unavailable


@given(st.text(max_size=40))
def test_only_codes_of_the_catalogue_are_found(code: str) -> None:
    found = by_code(code)
    assert found is None or found.code == code
