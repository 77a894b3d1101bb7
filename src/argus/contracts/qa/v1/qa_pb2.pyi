from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class StartRunRequest(_message.Message):
    __slots__ = ("app_url", "max_pages", "time_budget_s", "read_only", "seed", "login", "roles", "environment")
    APP_URL_FIELD_NUMBER: _ClassVar[int]
    MAX_PAGES_FIELD_NUMBER: _ClassVar[int]
    TIME_BUDGET_S_FIELD_NUMBER: _ClassVar[int]
    READ_ONLY_FIELD_NUMBER: _ClassVar[int]
    SEED_FIELD_NUMBER: _ClassVar[int]
    LOGIN_FIELD_NUMBER: _ClassVar[int]
    ROLES_FIELD_NUMBER: _ClassVar[int]
    ENVIRONMENT_FIELD_NUMBER: _ClassVar[int]
    app_url: str
    max_pages: int
    time_budget_s: int
    read_only: bool
    seed: int
    login: Login
    roles: _containers.RepeatedCompositeFieldContainer[Role]
    environment: str
    def __init__(self, app_url: _Optional[str] = ..., max_pages: _Optional[int] = ..., time_budget_s: _Optional[int] = ..., read_only: _Optional[bool] = ..., seed: _Optional[int] = ..., login: _Optional[_Union[Login, _Mapping]] = ..., roles: _Optional[_Iterable[_Union[Role, _Mapping]]] = ..., environment: _Optional[str] = ...) -> None: ...

class Login(_message.Message):
    __slots__ = ("username", "password", "login_url")
    USERNAME_FIELD_NUMBER: _ClassVar[int]
    PASSWORD_FIELD_NUMBER: _ClassVar[int]
    LOGIN_URL_FIELD_NUMBER: _ClassVar[int]
    username: str
    password: str
    login_url: str
    def __init__(self, username: _Optional[str] = ..., password: _Optional[str] = ..., login_url: _Optional[str] = ...) -> None: ...

class Role(_message.Message):
    __slots__ = ("name", "login")
    NAME_FIELD_NUMBER: _ClassVar[int]
    LOGIN_FIELD_NUMBER: _ClassVar[int]
    name: str
    login: Login
    def __init__(self, name: _Optional[str] = ..., login: _Optional[_Union[Login, _Mapping]] = ...) -> None: ...

class StartRunResponse(_message.Message):
    __slots__ = ("run_id",)
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    def __init__(self, run_id: _Optional[str] = ...) -> None: ...

class GetRunRequest(_message.Message):
    __slots__ = ("run_id",)
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    def __init__(self, run_id: _Optional[str] = ...) -> None: ...

class GetRunResponse(_message.Message):
    __slots__ = ("run_id", "status", "app_url", "tests_passed", "tests_failed", "report_json", "error")
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    APP_URL_FIELD_NUMBER: _ClassVar[int]
    TESTS_PASSED_FIELD_NUMBER: _ClassVar[int]
    TESTS_FAILED_FIELD_NUMBER: _ClassVar[int]
    REPORT_JSON_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    status: str
    app_url: str
    tests_passed: int
    tests_failed: int
    report_json: str
    error: str
    def __init__(self, run_id: _Optional[str] = ..., status: _Optional[str] = ..., app_url: _Optional[str] = ..., tests_passed: _Optional[int] = ..., tests_failed: _Optional[int] = ..., report_json: _Optional[str] = ..., error: _Optional[str] = ...) -> None: ...
