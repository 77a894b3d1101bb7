"""The OpenAPI document of the whole platform, made without a database or a key of its own."""

from typing import Any

from pydantic import SecretStr

from argus.apps.compose import assemble
from argus.apps.serve import build_app
from argus.kernel.clock import SystemClock
from argus.kernel.crypto import Keyring
from argus.kernel.settings import KernelSettings


def document() -> dict[str, Any]:
    """What `/openapi.json` of a server that hosts every service says."""
    settings = KernelSettings(database_url=SecretStr("postgresql://nobody@localhost/none"))
    composition = assemble(settings, Keyring([bytes(32)]), SystemClock())
    return build_app(composition).openapi()
