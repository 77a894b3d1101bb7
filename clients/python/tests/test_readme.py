"""The README's examples run as they are printed."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, Any

import grpc
import pytest
from django.http import HttpRequest, HttpResponse
from fastapi import FastAPI
from flask import Flask
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response

from argus_client import ArgusClient, DeviceFlow, Principal
from argus_client.fake_argus import FakeArgus
from argus_client.settings import Settings
from client_support import HOME, example

README = (HOME / "README.md").read_text()
BLOCKS = re.findall(r"^```python\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


@pytest.fixture
def names(argus_issuer: FakeArgus) -> Iterator[dict[str, Any]]:
    """What the examples take for given."""
    argus = ArgusClient()
    with example("fastapi_service") as client, argus:
        yield {
            "Annotated": Annotated,
            "FastAPI": FastAPI,
            "Flask": Flask,
            "HttpRequest": HttpRequest,
            "HttpResponse": HttpResponse,
            "Principal": Principal,
            "Request": Request,
            "Response": Response,
            "Starlette": Starlette,
            "ThreadPoolExecutor": ThreadPoolExecutor,
            "argus": argus,
            "argus_issuer": argus_issuer,
            "client": client,
            "credential": argus_issuer.token("results:read"),
            "grpc": grpc,
            "url": argus_issuer.url,
        }


@pytest.mark.parametrize("block", BLOCKS, ids=[block.splitlines()[0] for block in BLOCKS])
def test_an_example_runs(
    names: dict[str, Any], argus_issuer: FakeArgus, block: str, capsys: pytest.CaptureFixture[str]
) -> None:
    exec(compile(block, "README.md", "exec"), names)  # noqa: S102 - it is ours
    if "def test_" in block:
        names["test_reports_need_the_permission"](argus_issuer, names["client"])
    if "print(" in block:
        assert "BCDF-GHJK" in capsys.readouterr().out
    for owned in (names["argus"], names.get("flow")):
        if isinstance(owned, ArgusClient | DeviceFlow):
            owned.close()


def test_the_plan_and_the_usage_of_the_first_example_arrive(
    names: dict[str, Any], argus_issuer: FakeArgus
) -> None:
    exec(BLOCKS[0], names)  # noqa: S102 - it is ours
    names["argus"].close()
    assert [event["meter"] for event in argus_issuer.usage] == ["api_calls"]


def test_every_variable_of_the_environment_is_in_the_readme() -> None:
    assert Settings.from_environment.__doc__ is not None
    for variable in re.findall(r"ARGUS_[A-Z_]+", Settings.from_environment.__doc__):
        assert f"`{variable}`" in README, variable
