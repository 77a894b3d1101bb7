from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CheckEntitlementRequest(_message.Message):
    __slots__ = ("feature", "quantity")
    FEATURE_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    feature: str
    quantity: int
    def __init__(self, feature: _Optional[str] = ..., quantity: _Optional[int] = ...) -> None: ...

class CheckEntitlementResponse(_message.Message):
    __slots__ = ("allowed", "reason", "tier", "limit", "used", "cheapest_tier", "price_minor", "currency")
    ALLOWED_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    TIER_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    USED_FIELD_NUMBER: _ClassVar[int]
    CHEAPEST_TIER_FIELD_NUMBER: _ClassVar[int]
    PRICE_MINOR_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    allowed: bool
    reason: str
    tier: str
    limit: int
    used: int
    cheapest_tier: str
    price_minor: int
    currency: str
    def __init__(self, allowed: _Optional[bool] = ..., reason: _Optional[str] = ..., tier: _Optional[str] = ..., limit: _Optional[int] = ..., used: _Optional[int] = ..., cheapest_tier: _Optional[str] = ..., price_minor: _Optional[int] = ..., currency: _Optional[str] = ...) -> None: ...

class UsageEvent(_message.Message):
    __slots__ = ("id", "source", "meter", "quantity", "occurred_at")
    ID_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    METER_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    OCCURRED_AT_FIELD_NUMBER: _ClassVar[int]
    id: str
    source: str
    meter: str
    quantity: int
    occurred_at: int
    def __init__(self, id: _Optional[str] = ..., source: _Optional[str] = ..., meter: _Optional[str] = ..., quantity: _Optional[int] = ..., occurred_at: _Optional[int] = ...) -> None: ...

class RecordUsageRequest(_message.Message):
    __slots__ = ("events",)
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    events: _containers.RepeatedCompositeFieldContainer[UsageEvent]
    def __init__(self, events: _Optional[_Iterable[_Union[UsageEvent, _Mapping]]] = ...) -> None: ...

class RecordUsageResponse(_message.Message):
    __slots__ = ("accepted", "duplicates", "unmatched")
    ACCEPTED_FIELD_NUMBER: _ClassVar[int]
    DUPLICATES_FIELD_NUMBER: _ClassVar[int]
    UNMATCHED_FIELD_NUMBER: _ClassVar[int]
    accepted: int
    duplicates: int
    unmatched: int
    def __init__(self, accepted: _Optional[int] = ..., duplicates: _Optional[int] = ..., unmatched: _Optional[int] = ...) -> None: ...

class GetTierRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetTierResponse(_message.Message):
    __slots__ = ("tier", "requests_per_minute")
    TIER_FIELD_NUMBER: _ClassVar[int]
    REQUESTS_PER_MINUTE_FIELD_NUMBER: _ClassVar[int]
    tier: str
    requests_per_minute: int
    def __init__(self, tier: _Optional[str] = ..., requests_per_minute: _Optional[int] = ...) -> None: ...

class SetTierRequest(_message.Message):
    __slots__ = ("tier",)
    TIER_FIELD_NUMBER: _ClassVar[int]
    tier: str
    def __init__(self, tier: _Optional[str] = ...) -> None: ...

class SetTierResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...
