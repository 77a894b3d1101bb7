"""What an installation sets, read from `ARGUS_…` variables; services add their own classes."""

from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from argus.kernel.loopback import is_loopback


class KernelSettings(BaseSettings):
    """Settings that every process of an installation shares."""

    model_config = SettingsConfigDict(
        env_prefix="ARGUS_", frozen=True, extra="ignore", hide_input_in_errors=True
    )

    home: Path = Path(".argus")
    """Folder of all state: embedded PostgreSQL, keys, artifacts, mail, logs."""
    environment: Literal["production", "development"] = "production"
    """`development` adds details to the answers of unexpected errors."""
    database_url: SecretStr | None = None
    """Owner connection to PostgreSQL >= 15; unset means the embedded one under `home`."""
    database_role_prefix: str = Field(default="argus", pattern=r"^[a-z][a-z0-9_]{0,30}$")
    """Services connect as `<prefix>_<service>`; unlike another installation in the same cluster."""
    database_pool_size: int = Field(default=5, ge=1, le=100)
    """Connections per service and process."""
    redis_url: SecretStr | None = None
    """`redis://…`, `rediss://…` or `unix://…` of Valkey or Redis, by which replicas share limits
    and caches; without one each process has its own.
    """
    master_key: SecretStr | None = None
    """Base64 of 32 bytes, or several separated by commas: the first seals, all open.

    Unset means a key file under `home`, made at first use with mode 0600.
    """
    http_host: str = "127.0.0.1"
    http_port: int = Field(default=8700, ge=0, le=65535)
    grpc_port: int = Field(default=8701, ge=0, le=65535)
    grpc_certificate: Path | None = None
    """PEM file with the certificate by which this process is known to its siblings; its names must
    be the hosts in their `ARGUS_SERVICE_ADDRESSES`. Without, gRPC is offered on loopback only.
    """
    grpc_key: Path | None = None
    """PEM file with its private key."""
    grpc_authority: Path | None = None
    """PEM file with the authorities whose certificates callers and callees must show."""
    public_url: str = Field(default="", validate_default=True)
    """Address under which clients reach the platform: `https`, where a proxy ends TLS. Empty means
    http://<host>:<port>, which is for this machine only.
    """
    service_addresses: dict[str, str] = Field(default_factory=dict)
    """gRPC address by service, as JSON, for the services that this process does not host."""
    worker_concurrency: int = Field(default=2, ge=1, le=64)
    """Jobs per service that one worker runs at a time."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_json: bool = False
    """JSON lines on a terminal too; elsewhere logs are always JSON lines."""
    address_requests_per_minute: int = Field(default=60_000, ge=1)
    """What one client address may send before anybody is authenticated."""
    cors_origins: tuple[Annotated[str, Field(pattern=r"^https?://[^/*?#\s]+$")], ...] = ()
    """Origins of web pages whose scripts may call the interface, each spelt out, as JSON:
    `["https://app.example"]`.
    """
    trusted_proxies: tuple[str, ...] = ()
    """Addresses whose `X-Forwarded-For` is believed; empty means none."""
    operator_networks: tuple[str, ...] = ("127.0.0.0/8", "::1/128")
    """Networks from which metrics and the state of services are shown."""
    outbound_allow: tuple[str, ...] = ()
    """Networks (`10.0.0.0/8`), public or not, in which addresses that others name are fetched too,
    even without TLS; see `kernel.outbound`.
    """

    @field_validator("public_url")
    @classmethod
    def _is_safe(cls, url: str, info: ValidationInfo) -> str:
        """`https`, since credentials travel there (RFC 6749 section 3.1), but for this very machine
        and for developers; neither query nor fragment, as an issuer has none (RFC 8414 section 2).
        """
        parts = urlsplit(url)
        if url and (not parts.hostname or {"?", "#", "@"} & {*url}):
            raise ValueError("write https://, a host, and a path at most")
        host = parts.hostname or info.data.get("http_host", "")
        is_exposed = info.data.get("environment") == "production" and not is_loopback(host)
        if parts.scheme != "https" and is_exposed:
            raise ValueError("others reach the platform by https only: say at which address")
        return url

    @property
    def base_url(self) -> str:
        return self.public_url.rstrip("/") or f"http://{self.http_host}:{self.http_port}"
