"""Whose bucket a request is taken from, and what the answer says of it."""

from dataclasses import replace

import pytest

from argus.kernel.errors import RateLimited
from argus.kernel.principal import Principal, anonymous
from argus.kernel.rate_limits.limits import PathClass, RateLimits, headers_of
from support.toy import organization, person

ADA = person("ada", organization())


async def limit_of(_principal: Principal) -> int:
    return 3


def limits(*, address_per_minute: int = 100) -> RateLimits:
    return RateLimits(
        limit_of,
        address_per_minute=address_per_minute,
        classes=[PathClass("slow", "/slow/", 1)],
        limited_by_route=["/token"],
        anonymous_per_minute=2,
        elapsed_s=lambda: 0.0,
    )


async def passed(limits: RateLimits, principal: Principal, path: str = "/") -> int:
    """How many of ten requests pass."""
    return sum([(await limits.take(principal, path)).allowed for _ in range(10)])


async def test_each_caller_has_a_bucket_of_its_tier() -> None:
    known = limits()
    assert await passed(known, ADA) == 3
    assert await passed(known, person("bob", organization())) == 3


async def test_a_person_has_the_limit_of_each_organization_apart() -> None:
    known = limits()
    assert await passed(known, ADA) == 3
    assert await passed(known, replace(ADA, organization_id=organization())) == 3


async def test_the_address_of_a_known_caller_does_not_matter() -> None:
    known = limits()
    assert await passed(known, replace(ADA, address="192.0.2.1")) == 3
    assert await passed(known, replace(ADA, address="192.0.2.2")) == 0


async def test_a_class_of_paths_has_one_bucket_that_is_apart_from_the_tiers() -> None:
    known = limits()
    assert await passed(known, ADA, "/slow/a") == 1
    assert await passed(known, ADA, "/slow/b") == 0
    assert await passed(known, ADA, "/not/slow/a") == 3


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8:0:1::1", "2001:db8:0:1::2", True),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
        ("", "nonsense", False),
    ],
)
async def test_strangers_are_counted_by_subscriber(one: str, other: str, same: bool) -> None:
    known = limits()
    assert await passed(known, anonymous(one)) == 2
    assert await passed(known, anonymous(other)) == (0 if same else 2)


async def test_an_address_is_bounded_whoever_asks() -> None:
    known = limits(address_per_minute=2)
    known.admit("192.0.2.1")
    known.admit("192.0.2.1")
    with pytest.raises(RateLimited) as refused:
        known.admit("192.0.2.1")
    assert refused.value.headers == {"Retry-After": "30"}
    known.admit("192.0.2.2")


def test_only_anonymous_callers_are_left_to_a_route_that_will_know_them() -> None:
    known = limits()
    assert known.leaves_to_route(anonymous("192.0.2.1"), "/token")
    assert not known.leaves_to_route(ADA, "/token")
    assert not known.leaves_to_route(anonymous("192.0.2.1"), "/token/")


async def test_the_answer_tells_the_limit_in_the_fields_of_the_draft_and_of_its_forerunners() -> (
    None
):
    told = dict(headers_of(await limits().take(ADA, "/slow/a")))
    assert told == {
        b"ratelimit-limit": b"1",
        b"ratelimit-remaining": b"0",
        b"ratelimit-reset": b"60",
        b"ratelimit-policy": b'"slow";q=1;w=60',
        b"ratelimit": b'"slow";r=0;t=60',
    }
