"""Which version of the interface is spoken, and what is going to leave it."""

from datetime import UTC, datetime

import httpx
import pytest

from argus.kernel.http.versions import deprecated
from support.toy import Toy


async def get(toy: Toy, path: str, **headers: str) -> httpx.Response:
    async with toy.client() as client:
        return await client.get(path, headers=headers)


@pytest.mark.parametrize("headers", [{}, {"API-Version": "1"}])
async def test_the_version_is_told_and_may_be_named(toy: Toy, headers: dict[str, str]) -> None:
    answer = await get(toy, "/toy/address", **headers)
    assert (answer.status_code, answer.headers["API-Version"]) == (200, "1")
    assert not {"Deprecation", "Sunset", "Link"} & set(answer.headers)


@pytest.mark.parametrize("version", ["2", "0", "", "1.0", "v1"])
async def test_a_client_for_another_version_is_refused(toy: Toy, version: str) -> None:
    answer = await get(toy, "/toy/address", **{"API-Version": version})
    assert (answer.status_code, answer.headers["API-Version"]) == (400, "1")
    assert answer.json()["code"] == "kernel.request.version_not_supported"
    assert answer.json()["supported"] == ["1"]


@pytest.mark.parametrize(("query", "status"), [({}, 200), ({"fail": "yes"}, 404)])
async def test_a_deprecated_operation_says_so_in_each_answer(
    toy: Toy, query: dict[str, str], status: int
) -> None:
    async with toy.client() as client:
        answer = await client.get("/toy/old", params=query)
    assert answer.status_code == status
    assert answer.headers["Deprecation"] == "@1798761600"  # RFC 9745
    assert answer.headers["Sunset"] == "Fri, 31 Dec 2027 23:59:59 GMT"  # RFC 8594
    assert answer.headers["Link"] == (
        '<https://argus.test/guide>; rel="deprecation"; type="text/html"'
    )


async def test_the_interface_marks_what_is_deprecated(toy: Toy) -> None:
    paths = toy.app().openapi()["paths"]
    assert paths["/toy/old"]["get"]["deprecated"] is True
    assert "deprecated" not in paths["/toy/address"]["get"]


def test_nothing_goes_before_it_is_deprecated() -> None:
    now, before = datetime(2027, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
    with pytest.raises(ValueError, match="deprecated before"):
        deprecated(since=now, guide="https://argus.test", sunset=before)
