from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Principal(_message.Message):
    __slots__ = ("kind", "id", "organization_id", "project_id", "roles", "scopes", "scoped", "permissions", "method", "session_id", "authenticated_at", "strength", "actors", "client_id", "credential", "expires_at")
    KIND_FIELD_NUMBER: _ClassVar[int]
    ID_FIELD_NUMBER: _ClassVar[int]
    ORGANIZATION_ID_FIELD_NUMBER: _ClassVar[int]
    PROJECT_ID_FIELD_NUMBER: _ClassVar[int]
    ROLES_FIELD_NUMBER: _ClassVar[int]
    SCOPES_FIELD_NUMBER: _ClassVar[int]
    SCOPED_FIELD_NUMBER: _ClassVar[int]
    PERMISSIONS_FIELD_NUMBER: _ClassVar[int]
    METHOD_FIELD_NUMBER: _ClassVar[int]
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    AUTHENTICATED_AT_FIELD_NUMBER: _ClassVar[int]
    STRENGTH_FIELD_NUMBER: _ClassVar[int]
    ACTORS_FIELD_NUMBER: _ClassVar[int]
    CLIENT_ID_FIELD_NUMBER: _ClassVar[int]
    CREDENTIAL_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_AT_FIELD_NUMBER: _ClassVar[int]
    kind: str
    id: str
    organization_id: str
    project_id: str
    roles: _containers.RepeatedScalarFieldContainer[str]
    scopes: _containers.RepeatedScalarFieldContainer[str]
    scoped: bool
    permissions: _containers.RepeatedScalarFieldContainer[str]
    method: str
    session_id: str
    authenticated_at: int
    strength: _containers.RepeatedScalarFieldContainer[str]
    actors: _containers.RepeatedScalarFieldContainer[str]
    client_id: str
    credential: str
    expires_at: int
    def __init__(self, kind: _Optional[str] = ..., id: _Optional[str] = ..., organization_id: _Optional[str] = ..., project_id: _Optional[str] = ..., roles: _Optional[_Iterable[str]] = ..., scopes: _Optional[_Iterable[str]] = ..., scoped: _Optional[bool] = ..., permissions: _Optional[_Iterable[str]] = ..., method: _Optional[str] = ..., session_id: _Optional[str] = ..., authenticated_at: _Optional[int] = ..., strength: _Optional[_Iterable[str]] = ..., actors: _Optional[_Iterable[str]] = ..., client_id: _Optional[str] = ..., credential: _Optional[str] = ..., expires_at: _Optional[int] = ...) -> None: ...

class ValidateTokenRequest(_message.Message):
    __slots__ = ("token", "audience", "proof")
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    AUDIENCE_FIELD_NUMBER: _ClassVar[int]
    PROOF_FIELD_NUMBER: _ClassVar[int]
    token: str
    audience: str
    proof: PossessionProof
    def __init__(self, token: _Optional[str] = ..., audience: _Optional[str] = ..., proof: _Optional[_Union[PossessionProof, _Mapping]] = ...) -> None: ...

class PossessionProof(_message.Message):
    __slots__ = ("jwt", "method", "url")
    JWT_FIELD_NUMBER: _ClassVar[int]
    METHOD_FIELD_NUMBER: _ClassVar[int]
    URL_FIELD_NUMBER: _ClassVar[int]
    jwt: str
    method: str
    url: str
    def __init__(self, jwt: _Optional[str] = ..., method: _Optional[str] = ..., url: _Optional[str] = ...) -> None: ...

class ValidateTokenResponse(_message.Message):
    __slots__ = ("active", "principal", "reason", "expires_at", "nonce", "rests_on", "stream", "sequence")
    ACTIVE_FIELD_NUMBER: _ClassVar[int]
    PRINCIPAL_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_AT_FIELD_NUMBER: _ClassVar[int]
    NONCE_FIELD_NUMBER: _ClassVar[int]
    RESTS_ON_FIELD_NUMBER: _ClassVar[int]
    STREAM_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    active: bool
    principal: Principal
    reason: str
    expires_at: int
    nonce: str
    rests_on: _containers.RepeatedScalarFieldContainer[bytes]
    stream: str
    sequence: int
    def __init__(self, active: _Optional[bool] = ..., principal: _Optional[_Union[Principal, _Mapping]] = ..., reason: _Optional[str] = ..., expires_at: _Optional[int] = ..., nonce: _Optional[str] = ..., rests_on: _Optional[_Iterable[bytes]] = ..., stream: _Optional[str] = ..., sequence: _Optional[int] = ...) -> None: ...

class ValidateTokensRequest(_message.Message):
    __slots__ = ("requests",)
    REQUESTS_FIELD_NUMBER: _ClassVar[int]
    requests: _containers.RepeatedCompositeFieldContainer[ValidateTokenRequest]
    def __init__(self, requests: _Optional[_Iterable[_Union[ValidateTokenRequest, _Mapping]]] = ...) -> None: ...

class ValidateTokensResponse(_message.Message):
    __slots__ = ("responses",)
    RESPONSES_FIELD_NUMBER: _ClassVar[int]
    responses: _containers.RepeatedCompositeFieldContainer[ValidateTokenResponse]
    def __init__(self, responses: _Optional[_Iterable[_Union[ValidateTokenResponse, _Mapping]]] = ...) -> None: ...

class WatchRevocationsRequest(_message.Message):
    __slots__ = ("stream", "sequence")
    STREAM_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    stream: str
    sequence: int
    def __init__(self, stream: _Optional[str] = ..., sequence: _Optional[int] = ...) -> None: ...

class RevocationNews(_message.Message):
    __slots__ = ("stream", "sequence", "after", "as_of_ms", "snapshot", "more", "changes")
    STREAM_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    AFTER_FIELD_NUMBER: _ClassVar[int]
    AS_OF_MS_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOT_FIELD_NUMBER: _ClassVar[int]
    MORE_FIELD_NUMBER: _ClassVar[int]
    CHANGES_FIELD_NUMBER: _ClassVar[int]
    stream: str
    sequence: int
    after: int
    as_of_ms: int
    snapshot: bool
    more: bool
    changes: _containers.RepeatedCompositeFieldContainer[RevocationChange]
    def __init__(self, stream: _Optional[str] = ..., sequence: _Optional[int] = ..., after: _Optional[int] = ..., as_of_ms: _Optional[int] = ..., snapshot: _Optional[bool] = ..., more: _Optional[bool] = ..., changes: _Optional[_Iterable[_Union[RevocationChange, _Mapping]]] = ...) -> None: ...

class RevocationChange(_message.Message):
    __slots__ = ("key", "epoch")
    KEY_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    key: bytes
    epoch: int
    def __init__(self, key: _Optional[bytes] = ..., epoch: _Optional[int] = ...) -> None: ...

class CheckPermissionRequest(_message.Message):
    __slots__ = ("credential", "permission")
    CREDENTIAL_FIELD_NUMBER: _ClassVar[int]
    PERMISSION_FIELD_NUMBER: _ClassVar[int]
    credential: ValidateTokenRequest
    permission: str
    def __init__(self, credential: _Optional[_Union[ValidateTokenRequest, _Mapping]] = ..., permission: _Optional[str] = ...) -> None: ...

class CheckPermissionResponse(_message.Message):
    __slots__ = ("allowed", "reason", "principal", "expires_at")
    ALLOWED_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    PRINCIPAL_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_AT_FIELD_NUMBER: _ClassVar[int]
    allowed: bool
    reason: str
    principal: Principal
    expires_at: int
    def __init__(self, allowed: _Optional[bool] = ..., reason: _Optional[str] = ..., principal: _Optional[_Union[Principal, _Mapping]] = ..., expires_at: _Optional[int] = ...) -> None: ...

class SetPasswordRequest(_message.Message):
    __slots__ = ("user_id", "password")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    PASSWORD_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    password: str
    def __init__(self, user_id: _Optional[str] = ..., password: _Optional[str] = ...) -> None: ...

class SetPasswordResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class CreateApiKeyRequest(_message.Message):
    __slots__ = ("organization_id", "name", "scopes", "expires_at")
    ORGANIZATION_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    SCOPES_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_AT_FIELD_NUMBER: _ClassVar[int]
    organization_id: str
    name: str
    scopes: _containers.RepeatedScalarFieldContainer[str]
    expires_at: int
    def __init__(self, organization_id: _Optional[str] = ..., name: _Optional[str] = ..., scopes: _Optional[_Iterable[str]] = ..., expires_at: _Optional[int] = ...) -> None: ...

class CreateApiKeyResponse(_message.Message):
    __slots__ = ("key_id", "secret")
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    SECRET_FIELD_NUMBER: _ClassVar[int]
    key_id: str
    secret: str
    def __init__(self, key_id: _Optional[str] = ..., secret: _Optional[str] = ...) -> None: ...

class LendUpstreamTokenRequest(_message.Message):
    __slots__ = ("user_id", "provider")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    provider: str
    def __init__(self, user_id: _Optional[str] = ..., provider: _Optional[str] = ...) -> None: ...

class LendUpstreamTokenResponse(_message.Message):
    __slots__ = ("access_token", "expires_at", "scopes")
    ACCESS_TOKEN_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_AT_FIELD_NUMBER: _ClassVar[int]
    SCOPES_FIELD_NUMBER: _ClassVar[int]
    access_token: str
    expires_at: int
    scopes: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, access_token: _Optional[str] = ..., expires_at: _Optional[int] = ..., scopes: _Optional[_Iterable[str]] = ...) -> None: ...

class RedeemStreamTicketRequest(_message.Message):
    __slots__ = ("ticket", "path")
    TICKET_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    ticket: str
    path: str
    def __init__(self, ticket: _Optional[str] = ..., path: _Optional[str] = ...) -> None: ...

class RedeemStreamTicketResponse(_message.Message):
    __slots__ = ("scheme", "credential")
    SCHEME_FIELD_NUMBER: _ClassVar[int]
    CREDENTIAL_FIELD_NUMBER: _ClassVar[int]
    scheme: str
    credential: str
    def __init__(self, scheme: _Optional[str] = ..., credential: _Optional[str] = ...) -> None: ...
