"""No order, repetition or loss of news lets a revocation slip."""

import random
from uuid import UUID

from argus.kernel.ids import OrganizationId, new_id
from argus.services.auth.revocations.picture import Change, Picture, key_of, keys_of


def key(number: int) -> bytes:
    return number.to_bytes(16)


def test_news_in_any_order_and_twice_make_the_same_picture() -> None:
    chance = random.Random(4)
    news: list[Change] = [(key(chance.randrange(20)), chance.randrange(100)) for _ in range(200)]
    greatest = {name: max(epoch for other, epoch in news if other == name) for name, _ in news}
    for _ in range(20):
        picture, told = Picture(), [*news, *chance.sample(news, 100)]
        chance.shuffle(told)
        for change in told:
            picture.merge([change], 0)
        assert dict(picture.everything()) == greatest


def test_only_what_changed_after_an_answer_makes_it_doubtful() -> None:
    picture = Picture()
    picture.merge([(key(1), 5)], 0)
    answered = picture.sequence
    assert not picture.changed_after(answered, [key(1), key(2)])
    picture.merge([(key(2), 6)], 0)
    assert picture.changed_after(answered, [key(1), key(2)])
    assert not picture.changed_after(answered, [key(1), key(3)])
    assert not picture.changed_after(picture.sequence, [key(2)])


def test_news_that_are_known_change_nothing() -> None:
    picture = Picture()
    picture.merge([(key(1), 5)], 0)
    assert not picture.merge([(key(1), 5), (key(1), 4)], 0)
    assert picture.sequence == 1


def test_a_token_dies_of_a_later_epoch_only() -> None:
    picture = Picture()
    picture.merge([(key(1), 5)], 0)
    assert picture.revoked_after(4, [key(2), key(1)])
    assert not picture.revoked_after(5, [key(1)])
    assert not picture.revoked_after(0, [key(2)])


def test_whoever_comes_back_gets_what_was_missed_and_each_key_once() -> None:
    picture = Picture()
    for epoch, name in enumerate([1, 2, 1, 3], start=1):
        picture.merge([(key(name), epoch)], 0)
    assert picture.since(0) == [(key(2), 2), (key(1), 3), (key(3), 4)]
    assert picture.since(2) == [(key(1), 3), (key(3), 4)]
    assert picture.since(picture.sequence) == []


def test_nobody_is_told_that_nothing_is_missing_when_that_is_not_known() -> None:
    picture = Picture()
    picture.merge([(key(1), 1)], 0)
    picture.merge([(key(2), 2)], 10)
    picture.forget(noted_before=5)
    assert picture.since(0) is None
    assert picture.since(picture.sequence + 1) is None
    assert picture.since(1) == [(key(2), 2)]


def test_an_answer_older_than_what_was_forgotten_is_doubtful() -> None:
    picture = Picture()
    picture.merge([(key(1), 1)], 0)
    picture.merge([(key(2), 2)], 10)
    picture.merge([(key(3), 3)], 10)
    picture.forget(noted_before=5)
    assert len(picture) == 2
    assert picture.changed_after(0, [key(9)])
    assert not picture.changed_after(1, [key(9)])


def test_what_was_learnt_before_a_long_silence_is_doubtful() -> None:
    picture = Picture()
    picture.merge([(key(1), 1)], 0)
    answered = picture.sequence
    picture.distrust()
    assert picture.changed_after(answered, [key(9)])
    assert picture.since(answered) is None
    assert not picture.changed_after(picture.sequence, [key(9)])


def test_a_key_tells_who_and_where_apart_and_shows_neither() -> None:
    user, here = new_id(), OrganizationId(new_id())
    assert len({key_of(user), key_of(user, here), key_of(here, user), key_of(here)}) == 4
    assert keys_of([user], here) == (key_of(user), key_of(user, here))
    assert key_of(UUID(int=1)).hex() == "3269aeb6831504cb8679ea40f7490729"
