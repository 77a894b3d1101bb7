"""Security settings on the wire."""

import ipaddress
from datetime import timedelta
from typing import Annotated, Self

from pydantic import AfterValidator, Field, StringConstraints

from argus.kernel.schema import Request, Response
from argus.services.auth.organization_security.demands import Demands


def _network(text: str) -> str:
    return str(ipaddress.ip_network(text))


_Method = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,62}$")]
_Domain = Annotated[
    str,
    StringConstraints(
        to_lower=True,
        max_length=253,
        pattern=r"^([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}$",
    ),
]
_Network = Annotated[str, StringConstraints(max_length=49), AfterValidator(_network)]
_YEAR_S = 366 * 86_400


class SecurityChange(Request):
    """All security settings; null does not limit."""

    mfa_required: bool = False
    sign_in_methods: Annotated[list[_Method], Field(min_length=1, max_length=50)] | None = None
    """`password`, `passkey`, `email` (link or code), or names of providers, directories too."""
    email_domains: Annotated[list[_Domain], Field(min_length=1, max_length=100)] | None = None
    session_life_s: Annotated[int, Field(ge=600, le=_YEAR_S)] | None = None
    """From sign-in to the next one."""
    session_idle_s: Annotated[int, Field(ge=600, le=_YEAR_S)] | None = None
    """From one refresh to the next."""
    address_ranges: Annotated[list[_Network], Field(min_length=1, max_length=100)] | None = None
    """Networks such as `192.0.2.0/24`, from which alone the organization can be used."""
    api_key_life_s: Annotated[int, Field(ge=3600, le=10 * _YEAR_S)] | None = None
    """From the creation of an API key or personal access token to its end, at the latest."""

    @property
    def demands(self) -> Demands:
        return Demands(
            mfa_required=self.mfa_required,
            sign_in_methods=_set(self.sign_in_methods),
            email_domains=_set(self.email_domains),
            session_life=_span(self.session_life_s),
            session_idle=_span(self.session_idle_s),
            address_ranges=_set(self.address_ranges),
            api_key_life=_span(self.api_key_life_s),
        )


class SecurityView(Response):
    """What the organization demands; null is not limited."""

    mfa_required: bool
    sign_in_methods: list[str] | None
    email_domains: list[str] | None
    session_life_s: int | None
    session_idle_s: int | None
    address_ranges: list[str] | None
    api_key_life_s: int | None

    @classmethod
    def of(cls, demands: Demands) -> Self:
        return cls(
            mfa_required=demands.mfa_required,
            sign_in_methods=_list(demands.sign_in_methods),
            email_domains=_list(demands.email_domains),
            session_life_s=_seconds(demands.session_life),
            session_idle_s=_seconds(demands.session_idle),
            address_ranges=_list(demands.address_ranges),
            api_key_life_s=_seconds(demands.api_key_life),
        )


def _set(values: list[str] | None) -> tuple[str, ...] | None:
    return None if values is None else tuple(sorted(set(values)))


def _list(values: tuple[str, ...] | None) -> list[str] | None:
    return None if values is None else [*values]


def _span(seconds: int | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=seconds)


def _seconds(span: timedelta | None) -> int | None:
    return None if span is None else int(span.total_seconds())
