"""The picture of revocations is never wrong, whatever the feed does on its way."""

import json
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argus_client.feed import events
from argus_client.revocations import (
    FORGET_AFTER_S,
    FeedBroken,
    FeedMessage,
    RevocationPicture,
    keys_of,
    parse_message,
)

A, B, C = (bytes([n]) * 16 for n in (1, 2, 3))
BOUND = 60.0


def told(
    sequence: int, *changes: tuple[bytes, int], after: int | None = None, as_of: float = 0.0
) -> FeedMessage:
    before = sequence - bool(changes) if after is None else after
    return FeedMessage("s", sequence, before, as_of, changes)


def snapshot(
    sequence: int,
    *changes: tuple[bytes, int],
    after: int = 0,
    more: bool = False,
    stream: str = "s",
) -> FeedMessage:
    return FeedMessage(stream, sequence, after, 0.0, changes, is_snapshot=True, has_more=more)


def picture(*messages: FeedMessage) -> RevocationPicture:
    made = RevocationPicture(BOUND)
    made.begin(0.0)
    tell(made, *messages)
    return made


def tell(seen: RevocationPicture, *messages: FeedMessage) -> None:
    for message in messages:
        seen.apply(message, 0.0)


def test_a_token_is_dead_if_one_of_its_keys_has_a_later_epoch() -> None:
    seen = picture(snapshot(1, (A, 5)), told(2, (B, 7)))
    assert seen.is_dead(4, [C, A])
    assert not seen.is_dead(5, [A])
    assert seen.is_dead(6, [B])
    assert not seen.is_dead(0, [C])


def test_a_snapshot_in_parts_counts_when_it_is_whole() -> None:
    seen = picture(snapshot(0, (A, 1)))
    seen.apply(snapshot(9, (B, 9), more=True), 0.0)
    assert not seen.is_dead(0, [B])
    assert seen.is_dead(0, [A])
    seen.apply(snapshot(9, (C, 9), after=1), 0.0)
    assert seen.is_dead(0, [B])
    assert seen.is_dead(0, [C])
    assert not seen.is_dead(0, [A])


@pytest.mark.parametrize("parts", ["BA", "AAC", "AC", "C", "ABCC"])
def test_a_snapshot_whose_parts_are_not_in_order_is_never_taken_for_whole(parts: str) -> None:
    all_parts = {
        "A": snapshot(9, (A, 9), more=True),
        "B": snapshot(9, (B, 9), after=1, more=True),
        "C": snapshot(9, (C, 9), after=2),
    }
    seen = picture()
    with pytest.raises(FeedBroken):
        tell(seen, *(all_parts[part] for part in parts))
    whole = parts.startswith("ABC")
    assert [seen.is_dead(0, [key]) for key in (A, B, C)] == [whole] * 3


def test_a_snapshot_that_comes_late_takes_nothing_back() -> None:
    first = snapshot(1, (A, 5))
    seen = picture(first, told(2, (B, 7)), first)
    assert seen.is_dead(6, [B])
    assert seen.sequence == 2


def test_before_a_snapshot_nothing_is_trusted() -> None:
    seen = picture()
    assert seen.trusted_until < 0
    seen.apply(snapshot(1, (A, 1), more=True), 0.0)
    assert seen.trusted_until < 0


@pytest.mark.parametrize(
    "message",
    [
        told(3, (A, 1)),
        told(3, (A, 1), after=2),
        told(2),
        FeedMessage("another", 1, 1, 0.0),
        FeedMessage("another", 2, 1, 0.0, [(A, 1)]),
    ],
    ids=["one is missing", "the same", "a heartbeat knows more", "another stream", "its change"],
)
def test_a_gap_is_noticed(message: FeedMessage) -> None:
    seen = picture(snapshot(1))
    with pytest.raises(FeedBroken):
        seen.apply(message, 0.0)


def test_a_gap_leaves_the_picture_as_old_as_it_was() -> None:
    seen = picture(snapshot(1))
    until = seen.trusted_until
    with pytest.raises(FeedBroken):
        seen.apply(told(9, as_of=50.0), 50.0)
    assert seen.trusted_until == until


@given(
    st.lists(st.tuples(st.sampled_from([A, B, C]), st.integers(0, 50)), max_size=12),
    st.integers(0, 2**32),
)
def test_doubled_and_late_messages_change_nothing(
    changes: list[tuple[bytes, int]], seed: int
) -> None:
    messages = [told(n, change) for n, change in enumerate(changes, 1)]
    straight = picture(snapshot(0), *messages)
    chance, disturbed = Random(seed), picture(snapshot(0))
    for count, message in enumerate(messages):
        disturbed.apply(message, 0.0)
        for old in chance.choices(messages[: count + 1], k=2):
            disturbed.apply(old, 0.0)
    for key in (A, B, C):
        for epoch in range(-1, 51):
            assert straight.is_dead(epoch, [key]) == disturbed.is_dead(epoch, [key])
    assert straight.sequence == disturbed.sequence


def test_a_silent_feed_is_trusted_until_the_bound() -> None:
    seen = picture(snapshot(1))
    assert seen.trusted_until == BOUND
    seen.apply(told(1, as_of=10.0), 10.0)
    assert seen.trusted_until == 10.0 + BOUND


def test_a_feed_that_lags_is_as_old_as_what_it_tells() -> None:
    seen = picture(snapshot(1))
    seen.apply(told(1, as_of=10.0), 10.0)
    seen.apply(told(1, as_of=11.0), 40.0)  # 29 s on its way
    assert seen.trusted_until == 11.0 + BOUND


def test_a_feed_that_lagged_from_the_beginning_is_as_old_as_its_request() -> None:
    seen = RevocationPicture(BOUND)
    seen.begin(100.0)
    seen.apply(snapshot(1), 120.0)
    assert seen.trusted_until == 100.0 + BOUND
    seen.apply(told(1, as_of=1.0), 121.0)
    assert seen.trusted_until == 101.0 + BOUND


def test_a_feed_that_lags_by_half_the_bound_is_to_be_asked_for_anew() -> None:
    seen = picture(snapshot(1))
    with pytest.raises(FeedBroken):
        seen.apply(told(2, (A, 5), as_of=1.0), 1.0 + BOUND / 2 + 1.0)
    assert seen.is_dead(4, [A]), "what it told is true all the same"
    assert seen.trusted_until == 1.0 + BOUND


def test_clocks_that_differ_by_hours_do_not_matter() -> None:
    seen = RevocationPicture(BOUND)
    seen.begin(5.0)
    seen.apply(FeedMessage("s", 0, 0, 7200.0, is_snapshot=True), 5.0)
    seen.apply(FeedMessage("s", 0, 0, 7201.0), 6.0)
    assert seen.trusted_until == 6.0 + BOUND


def test_a_clock_that_was_set_back_is_measured_anew_by_the_next_connection() -> None:
    seen = picture(snapshot(1))
    seen.begin(20.0)
    seen.apply(told(1, as_of=-3600.0), 20.0)
    assert seen.trusted_until == 20.0 + BOUND


def test_an_answer_ends_with_any_later_change_of_its_keys_and_with_a_new_snapshot() -> None:
    seen = picture(snapshot(1, (A, 5)))
    version = seen.version
    seen.apply(told(2, (B, 1)), 0.0)
    assert not seen.changed_since(version, [A])
    assert seen.changed_since(version, [B])
    assert not seen.changed_since(seen.version, [A, B])
    seen.apply(snapshot(2, (A, 5), (B, 1)), 0.0)
    assert seen.changed_since(version + 1, [C])


def test_what_no_token_can_remember_is_forgotten() -> None:
    seen = picture(snapshot(0))
    version = seen.version
    many = [(n.to_bytes(16, "big"), n) for n in range(1, 10_001)]
    seen.apply(told(1, *many, after=0), 0.0)
    late = FORGET_AFTER_S + 1.0
    seen.apply(told(2, (A, 20_000), as_of=late), late)
    assert not seen.is_dead(0, [many[0][0]])
    assert seen.is_dead(0, [A])
    assert seen.changed_since(version, [many[0][0]])


def test_a_subject_is_filed_everywhere_and_in_the_organization() -> None:
    keys = keys_of([A, B], C)
    assert len(set(keys)) == 4
    assert all(len(key) == 16 for key in keys)
    assert not set(keys_of([A], B)) & set(keys_of([A], C)) - set(keys_of([A], bytes(16)))


def test_the_feeds_lines_become_its_messages() -> None:
    one = {"stream": "s", "sequence": 1, "as_of": "2026-01-01T00:00:00Z", "snapshot": True}
    two = {**one, "snapshot": False, "after": 1, "sequence": 2, "changes": [["A" * 22, 5]]}
    lines = [
        "event: snapshot",
        *(f"data: {line}" for line in json.dumps(one, indent=1).splitlines()),
        "",
        ": comment",
        "",
        f"data:{json.dumps(two)}",
        "",
        "data: unfinished",
    ]
    first, second = (parse_message(document) for document in events(lines))
    assert first.is_snapshot
    assert (second.after, second.sequence, second.changes) == (1, 2, [(bytes(16), 5)])


@pytest.mark.parametrize(
    "document", [None, [], {}, {"stream": "s"}, {"stream": "s", "sequence": 1, "as_of": "today"}]
)
def test_what_is_no_message_breaks_the_feed(document: object) -> None:
    with pytest.raises(FeedBroken):
        parse_message(document)


def test_what_is_no_json_breaks_the_feed() -> None:
    with pytest.raises(FeedBroken):
        list(events(["data: {", ""]))


def test_versions_only_grow() -> None:
    seen, versions = picture(), [0]
    for message in (snapshot(0), told(1, (A, 1)), told(2, (A, 1)), snapshot(2, (A, 1))):
        seen.apply(message, 0.0)
        versions.append(seen.version)
    assert all(earlier <= later for earlier, later in pairwise(versions))
