"""All that an exploration knows, in a form that outlives whoever explores."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from argus.services.qa.discovery.api import Catalogued
from argus.services.qa.discovery.atlas import Atlas
from argus.services.qa.discovery.frontier import Tried
from argus.services.qa.discovery.state import Screen
from argus.services.qa.oracles.links import Links
from argus.services.qa.outcome import Finding

Emit = Callable[[str, dict[str, Any]], Awaitable[None]]
"""Receives progress: `discovery_login`, `discovery_state`, `discovery_finding`."""

_KEEP_EVERY_S = 1.0
_KEEPING_SHARE = 0.05
"""The part of the time that keeping may take."""


@dataclass
class Memory:
    """What was seen and done between two candidates: who begins with it goes on from there."""

    tried: Tried = field(default_factory=Tried)
    atlas: Atlas = field(default_factory=Atlas)
    screens: dict[str, list[Screen]] = field(default_factory=dict[str, list[Screen]])
    found: dict[str, Finding] = field(default_factory=dict[str, Finding])
    api: Catalogued = field(default_factory=Catalogued)
    descriptions: list[str] = field(default_factory=list[str])
    """Addresses of the API's description that the entrance names."""
    links: Links = field(default_factory=Links)
    reads: set[str] = field(default_factory=set[str])
    """Signatures of requests that a page makes when it is merely opened."""
    opened: set[tuple[str, ...]] = field(default_factory=set[tuple[str, ...]])
    """What was seen to open over pages."""
    untold: list[tuple[str, dict[str, Any]]] = field(default_factory=list[Any])
    """Events that nobody was told yet."""
    told: int = 0
    """How many findings were made into events."""
    actions: int = 0
    sign_ins: int = 1
    unreachable_pages: int = 0
    here: str = ""
    """The key of the screen that is open; empty if none is that is known."""
    begun: bool = False
    """The entrance was visited."""
    spent_s: float = 0


_FORM = TypeAdapter(Memory)


class Notebook:
    """Where an exploration writes down what it knows, and from where others are told."""

    def __init__(self, emit: Emit, file: Path | None) -> None:
        """With what is kept in the file, if it is there; without one nothing is kept. Blocks."""
        kept = file.read_bytes() if file is not None and file.exists() else b"{}"
        self.memory = _FORM.validate_json(kept)
        self._emit, self._file = emit, file
        self._now = asyncio.get_running_loop().time
        self._counted = self._keep_at = self._now()

    def spent_s(self) -> float:
        """How long the exploration has taken so far, however often it was begun."""
        now = self._now()
        self.memory.spent_s += now - self._counted
        self._counted = now
        return self.memory.spent_s

    async def pause(self) -> None:
        """Between two candidates: tell what is new. Whoever is told may end it here.

        What is known is kept then, and otherwise as often as that takes a small part of the time.
        """
        told = False
        try:
            await self.tell()
            told = True
        finally:
            if not told or self._now() >= self._keep_at:
                await self._keep()

    async def tell(self) -> None:
        """Tell what nobody was told yet."""
        while self.memory.untold:
            await self._emit(*self.memory.untold.pop(0))

    async def _keep(self) -> None:
        if self._file is None:
            return
        began = self._now()
        self.spent_s()
        draft = self._file.with_suffix(".draft")
        await asyncio.to_thread(draft.write_bytes, _FORM.dump_json(self.memory))
        draft.replace(self._file)
        self._keep_at = began + max(_KEEP_EVERY_S, (self._now() - began) / _KEEPING_SHARE)
