"""The hash chain tells every kind of tampering, and where it begins."""

from dataclasses import replace

import pytest

from argus.services.audit.chain import GENESIS, Link, link_hash, verify


@pytest.fixture
def links() -> list[Link]:
    made: list[Link] = []
    head = GENESIS
    for seq in range(1, 6):
        body = f'{{"n":{seq}}}'
        made.append(Link(seq, body, head, link_hash(head, seq, body)))
        head = made[-1].hash
    return made


def test_an_untouched_chain_is_valid_and_tells_its_head(links: list[Link]) -> None:
    verdict = verify(links)
    assert (verdict.valid, verdict.entries, verdict.head) == (True, 5, links[-1].hash)


def test_an_empty_chain_is_valid() -> None:
    assert verify([]).valid


def test_a_changed_entry_is_named(links: list[Link]) -> None:
    links[2] = replace(links[2], body='{"n":99}')
    assert verify(links).problem == "entry 3 was changed"


def test_a_changed_entry_with_its_hash_made_anew_is_seen_at_the_next(links: list[Link]) -> None:
    body = '{"n":99}'
    links[2] = replace(links[2], body=body, hash=link_hash(links[2].previous_hash, 3, body))
    assert verify(links).problem == "entry 4 does not follow the one before it"


def test_a_removed_entry_is_missed(links: list[Link]) -> None:
    del links[1]
    assert verify(links).problem == "entry 2 is missing"


def test_swapped_entries_are_seen(links: list[Link]) -> None:
    links[1], links[2] = links[2], links[1]
    assert not verify(links).valid
