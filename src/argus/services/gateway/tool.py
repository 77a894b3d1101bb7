"""What a tool of the gateway is: a typed use of a sibling, with its permission and its effect."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import Any, Generic, TypeVar

import mcp_types as mcp
from fastapi.params import Depends as DependsParam

from argus.kernel.authz import Access, access_of
from argus.kernel.rpc.client import Rpc
from argus.kernel.schema import Request, Response

Q = TypeVar("Q", bound=Request)
R = TypeVar("R", bound=Response)


class Effect(Enum):
    """What a call does to the world, as clients read it before they let a model call the tool."""

    READ = mcp.ToolAnnotations(
        read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
    )
    RECORD = mcp.ToolAnnotations(
        read_only_hint=False, destructive_hint=False, idempotent_hint=True, open_world_hint=False
    )
    """Adds to what is kept; the same call again adds nothing."""
    OPERATE = mcp.ToolAnnotations(
        read_only_hint=False, destructive_hint=True, idempotent_hint=False, open_world_hint=True
    )
    """Uses an application outside, and may change or delete what is there."""


@dataclass(frozen=True)
class Tool(Generic[Q, R]):
    """One tool. Whoever runs it has checked `access`: siblings take the gateway's word."""

    name: str
    description: str
    access: Access
    effect: Effect
    takes: type[Q]
    gives: type[R]
    handle: Callable[[Q, Rpc], Awaitable[R]]

    @cached_property
    def listed(self) -> mcp.Tool:
        """The tool as `tools/list` shows it."""
        return mcp.Tool(
            name=self.name,
            description=self.description,
            input_schema=self.takes.model_json_schema(),
            output_schema=self.gives.model_json_schema(mode="serialization"),
            annotations=self.effect.value,
        )

    async def run(self, arguments: dict[str, Any], rpc: Rpc) -> R:
        """Call the sibling as the principal of the context.

        Raises:
            InvalidRequest: the arguments are not what `takes` describes; `errors` names each.
            ArgusError: what the sibling raised.
        """
        return await self.handle(self.takes.parse(arguments), rpc)


def tool(
    access: DependsParam, effect: Effect, takes: type[Q], gives: type[R]
) -> Callable[[Callable[[Q, Rpc], Awaitable[R]]], Tool[Q, R]]:
    """Declare a tool: its name is the function's, its description the docstring."""

    def declare(handle: Callable[[Q, Rpc], Awaitable[R]]) -> Tool[Q, R]:
        description = " ".join((handle.__doc__ or "").split())
        return Tool(handle.__name__, description, access_of(access), effect, takes, gives, handle)

    return declare
