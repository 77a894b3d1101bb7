"""Who calls, what may they do, have they paid? The answers of Argus, in your own process.

    argus = ArgusClient()                      # set up by ARGUS_URL and credentials
    principal = argus.verify(credential)       # an access token or an API key
    principal.require("results:read")
    if argus.entitled("webhooks"):
        argus.record_usage("api_calls")

The README has the rest. Nothing of the network or of cryptography is imported before it is needed.
"""

from argus_client.check import Finding, check
from argus_client.client import ArgusClient, AsyncArgusClient
from argus_client.credentials import ApiKey, ClientSecret, PrivateKey
from argus_client.device import DeviceFlow, DeviceLogin, Tokens
from argus_client.entitlements import Entitlement
from argus_client.errors import (
    ArgusClientError,
    ConfigurationError,
    Forbidden,
    LoginRefused,
    PlatformRefused,
    RevocationsStale,
    Unauthenticated,
    Unavailable,
    UsageBufferFull,
)
from argus_client.principal import Principal
from argus_client.questions import Proof
from argus_client.settings import Settings

__all__ = [
    "ApiKey",
    "ArgusClient",
    "ArgusClientError",
    "AsyncArgusClient",
    "ClientSecret",
    "ConfigurationError",
    "DeviceFlow",
    "DeviceLogin",
    "Entitlement",
    "Finding",
    "Forbidden",
    "LoginRefused",
    "PlatformRefused",
    "Principal",
    "PrivateKey",
    "Proof",
    "RevocationsStale",
    "Settings",
    "Tokens",
    "Unauthenticated",
    "Unavailable",
    "UsageBufferFull",
    "check",
]
