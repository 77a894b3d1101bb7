"""The hash chain: pure functions, so that a log can be verified anywhere, without the platform.

Each entry's hash is SHA-256 over the hash before it and the entry's own text. Changing, removing,
inserting or reordering entries breaks every hash from there on; cutting off the end is seen by
comparing the newest hash with one noted earlier (`argus audit verify` prints it).
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace

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


NOTHING = Verdict(0, GENESIS, "")
"""The verdict on an empty chain, to which `follow` adds entries."""


def follow(verdict: Verdict, link: Link) -> Verdict:
    """The verdict with `link` as the next entry: it holds, or says what is wrong with this one."""
    seq = verdict.entries + 1
    if link.seq != seq:
        problem = f"entry {seq} is missing"
    elif link.previous_hash != verdict.head:
        problem = f"entry {seq} does not follow the one before it"
    elif link.hash != link_hash(verdict.head, seq, link.body):
        problem = f"entry {seq} was changed"
    else:
        return Verdict(seq, link.hash, "")
    return replace(verdict, problem=problem)


def verify(links: Iterable[Link]) -> Verdict:
    """Recompute a whole chain, in order of `seq`; stops at the first entry that does not fit."""
    verdict = NOTHING
    for link in links:
        verdict = follow(verdict, link)
        if not verdict.valid:
            break
    return verdict
