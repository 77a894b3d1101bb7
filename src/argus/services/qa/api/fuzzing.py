# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
# Schemathesis and Hypothesis are typed in part only, and this is the one module that uses them.
"""Cases for the operations of an OpenAPI description, made and judged by Schemathesis.

Importing this takes most of a second: whoever executes a run does it then.
"""

import tempfile
from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote, urlsplit

import httpx
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.configuration import set_hypothesis_home_dir
from hypothesis.errors import Flaky, HypothesisException
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.errors import InvalidSchema, LoaderError
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from argus.services.qa.api.calling import Answer, Call, NoAnswer, TimeSpent
from argus.services.qa.api.results import brief
from argus.services.qa.urls import relative_url

_SERIOUS = {
    "server_error": not_a_server_error,
    "undocumented_answer": response_schema_conformance,
}
"""What is a defect whatever the authors meant: the server broke, or its own promise is."""
_MINOR = {
    "undocumented_status": status_code_conformance,
    "undocumented_content_type": content_type_conformance,
    "undocumented_headers": response_headers_conformance,
    "invalid_input_accepted": negative_data_rejection,
}
_NEGATIVE_SHARE = 3
"""One case in so many breaks the description on purpose."""
_OWN_HEADERS = frozenset(
    {"user-agent", "accept", "accept-encoding", "connection", "content-length"}
    | {"x-schemathesis-testcaseid"}
)

Send = Callable[[Call], Answer]


class DescriptionInvalid(Exception):
    """It is no OpenAPI description that can be worked with; the message says why."""


@dataclass(frozen=True)
class Fault:
    """What is wrong with an answer, and the smallest call found that shows it."""

    kind: str
    serious: bool
    message: str
    call: Call
    answer: Answer


class Described:
    """An operation of the description."""

    def __init__(self, operation: Any, base_url: str) -> None:
        self._operation, self._base_url = operation, base_url
        self.method: str = operation.method.upper()
        self.path: str = operation.path
        """With `{name}` for its parameters, without the base path."""

    def place(self, own: Mapping[str, str]) -> str:
        """Its path on the host, with these parameters."""
        path = self.path
        for name, value in own.items():
            path = path.replace(f"{{{name}}}", quote(value, safe=""))
        return "/" + (urlsplit(self._base_url).path.rstrip("/") + path).lstrip("/")

    def examples(self, seed_: int, most: int, own: Mapping[str, str] | None = None) -> list[Call]:
        """Calls as described, the simplest first; fewer where there are no more.

        Raises:
            DescriptionInvalid: nothing can be made from it.
        """
        found: list[Call] = []

        def keep(case: Case[Any]) -> None:
            found.append(self._call(case))

        self._run(keep, seed_, most, negative=False, own=own)
        return found

    def fuzz(self, send: Send, seed_: int, most: int, own: Mapping[str, str] | None) -> list[Fault]:
        """What is wrong with the answers to so many calls, each kind of fault once.

        `own` are values of path parameters: those of a record that the run made.

        Raises:
            NoAnswer, TimeSpent: before a serious fault was found.
            DescriptionInvalid: nothing can be made from it.
        """
        faults: dict[str, Fault] = {}

        stopped: list[Exception] = []

        def judge(case: Case[Any]) -> None:
            if stopped:
                return
            call = self._call(case)
            try:
                answer = send(call)
            except (NoAnswer, TimeSpent) as error:  # nothing that Hypothesis should look into
                stopped.append(error)
                return
            found = list(_faults(case, call, answer))
            faults.update({fault.kind: fault for fault in found})
            if any(fault.serious for fault in found):
                raise _Found

        negative = most // _NEGATIVE_SHARE
        self._run(judge, seed_, most - negative, negative=False, own=own)
        if negative:
            self._run(judge, seed_, negative, negative=True, own=own)
        if stopped and not any(fault.serious for fault in faults.values()):
            raise stopped[0]
        return list(faults.values())

    def _run(
        self,
        act: Callable[[Case[Any]], None],
        seed_: int,
        most: int,
        *,
        negative: bool,
        own: Mapping[str, str] | None = None,
    ) -> None:
        mode = GenerationMode.NEGATIVE if negative else GenerationMode.POSITIVE
        cases = self._operation.as_strategy(generation_mode=mode, path_parameters=own and {**own})
        set_hypothesis_home_dir(Path(tempfile.gettempdir()) / "argus-hypothesis")
        bounds = settings(
            max_examples=most,
            database=None,
            deadline=None,
            print_blob=False,
            report_multiple_bugs=False,
            suppress_health_check=cast("Any", [*HealthCheck]),
            phases=[Phase.generate, Phase.shrink],
        )
        try:
            seed(seed_)(bounds(given(cases)(act)))()
        except (_Found, Flaky):
            return
        except HypothesisException:  # no case satisfies the description
            return
        except InvalidSchema as error:
            raise DescriptionInvalid(brief(str(error))) from error

    def _call(self, case: Case[Any]) -> Call:
        arguments = case.as_transport_kwargs(base_url=self._base_url)
        prepared = requests.Request(**arguments).prepare()
        body = cast("str | bytes", prepared.body or b"")
        headers = {k: v for k, v in prepared.headers.items() if k.lower() not in _OWN_HEADERS}
        return Call(
            method=str(prepared.method),
            path=relative_url(str(prepared.url)),
            headers={str(name): _text(value) for name, value in headers.items()},
            body=body.encode() if isinstance(body, str) else body,
        )


class _Found(Exception):
    """A case shows a serious fault: Hypothesis looks for a smaller one."""


def described(
    description: Mapping[str, Any], base_url: str
) -> Generator[Described | DescriptionInvalid]:
    """The operations; for one that is described wrongly, what is wrong.

    Raises:
        DescriptionInvalid: all of it is.
    """
    outside: dict[str, None] = {}
    closed = _closed(description, outside)
    if outside:
        yield DescriptionInvalid(brief(f"other documents are not read: {', '.join(outside)}"))
    try:
        schema = schemathesis.openapi.from_dict(_without_security(closed))
        for result in schema.get_all_operations():
            if isinstance(result, Ok):
                yield Described(result.ok(), base_url)
            else:
                yield DescriptionInvalid(brief(str(result.err())))
    except (LoaderError, InvalidSchema) as error:
        raise DescriptionInvalid(brief(str(error))) from error


def _closed(part: Any, outside: dict[str, None]) -> Any:
    """`part` of a description, without what would have Schemathesis open a file or an address.

    What it refers to there is added to `outside`, and anything is taken for it.
    """
    if isinstance(part, list):
        return [_closed(each, outside) for each in part]
    if not isinstance(part, dict):
        return part
    for reference in ("$ref", "$dynamicRef"):
        target = part.get(reference)
        if isinstance(target, str) and not target.startswith("#"):
            outside[target] = None
            return {}
    return {name: _closed(each, outside) for name, each in part.items() if name != "externalValue"}


def _without_security(description: Mapping[str, Any]) -> dict[str, Any]:
    """Credentials are no input that is made up."""
    open_ = {name: part for name, part in description.items() if name != "security"}
    open_["paths"] = {
        path: {
            method: {k: v for k, v in part.items() if k != "security"}
            if isinstance(part, dict)
            else part
            for method, part in item.items()
        }
        if isinstance(item, dict)
        else item
        for path, item in description.get("paths", {}).items()
    }
    return open_


def _faults(case: Case[Any], call: Call, answer: Answer) -> Generator[Fault]:
    response = httpx.Response(
        answer.status,
        headers=[
            (name, value)
            for name, value in answer.headers.multi_items()
            if name.lower() not in ("content-encoding", "content-length", "transfer-encoding")
        ],
        content=answer.body,
        request=answer.request,
    )
    response.elapsed = timedelta()
    found = False
    for serious, checks in ((True, _SERIOUS), (False, _MINOR)):
        if found:  # what is wrong beside it follows from it
            return
        for kind, check in checks.items():
            try:
                case.validate_response(response, checks=[check])
            except FailureGroup as failures:
                message = ": ".join(_told(failures.exceptions))
                found = True
                yield Fault(kind, serious, message, call, answer)


def _told(failures: Iterable[Exception]) -> Generator[str]:
    for failure in failures:
        yield str(failure)


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value
