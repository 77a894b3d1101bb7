"""The hash chain: pure functions, so that a log can be verified anywhere, without the platform.

Each entry's hash is SHA-256 over the hash before it and the entry's own text. Changing, removing,
inserting or reordering entries breaks every hash from there on; cutting off the end is seen by
comparing the newest hash with one noted earlier (`argus audit verify` prints it).
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

GENESIS = bytes(32)
"""The hash before the first entry."""


@dataclass(frozen=True)
class Link:
    """What verification needs of an entry; `seq` counts from 1 without gaps."""

    seq: int
    body: str
    previous_hash: bytes
    hash: bytes


@dataclass(frozen=True)
class Verdict:
    """`head` is the newest hash; `problem` is empty when the chain holds."""

    entries: int
    head: bytes
    problem: str

    @property
    def valid(self) -> bool:
        return not self.problem


def link_hash(previous_hash: bytes, seq: int, body: str) -> bytes:
    """The hash of the entry `seq` with the text `body`."""
    return hashlib.sha256(previous_hash + seq.to_bytes(8, "big") + body.encode()).digest()


def verify(links: Iterable[Link]) -> Verdict:
    """Recompute a whole chain, in order of `seq`; stops at the first entry that does not fit."""
    head, count = GENESIS, 0
    for link in links:
        if link.seq != count + 1:
            return Verdict(count, head, f"entry {count + 1} is missing")
        if link.previous_hash != head:
            return Verdict(count, head, f"entry {link.seq} does not follow the one before it")
        if link.hash != link_hash(head, link.seq, link.body):
            return Verdict(count, head, f"entry {link.seq} was changed")
        head, count = link.hash, link.seq
    return Verdict(count, head, "")
