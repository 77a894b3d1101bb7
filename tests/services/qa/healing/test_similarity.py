import pytest
from hypothesis import given
from hypothesis import strategies as st

from argus.services.qa.healing.gate import choose
from argus.services.qa.healing.similarity import ranks, similarity, text_similarity
from argus.services.qa.target import Fingerprint

ELEMENT = Fingerprint(
    tag="input",
    type="text",
    name="Title",
    attributes={"id": "t", "name": "title", "class": "wide"},
    neighbor_text="New note",
    xpath="/html[1]/body[1]/input[1]",
    id_xpath="/html[1]/body[1]/input[1]",
    box=(0, 0, 100, 20),
)


def test_an_element_is_wholly_like_itself() -> None:
    assert similarity(ELEMENT, ELEMENT) == pytest.approx(1)


def test_text_and_field_name_weigh_more_than_position_and_path() -> None:
    moved = ELEMENT.model_copy(
        update={"xpath": "/a[1]", "id_xpath": "/a[1]", "box": (900, 900, 9, 9)}
    )
    renamed = ELEMENT.model_copy(update={"name": "Email", "attributes": {"name": "email"}})
    assert similarity(ELEMENT, moved) > similarity(ELEMENT, renamed)


def test_what_the_known_element_never_had_does_not_count() -> None:
    bare = Fingerprint(tag="a", name="Home")
    assert (
        similarity(bare, bare.model_copy(update={"neighbor_text": "x", "box": (1, 2, 3, 4)})) == 1
    )


CART = Fingerprint(
    tag="a", text="Cart", attributes={"id": "shell-header-shoppingCart"}, id_xpath="/a", xpath="/a"
)
RENAMED = CART.model_copy(
    update={"text": "0 Cart 0 items in it", "attributes": {"id": "uhf_shopping_cart"}}
)
CAREERS = CART.model_copy(
    update={"text": "Careers", "attributes": {"id": "careers"}, "xpath": "/b", "id_xpath": "/b"}
)


def test_words_that_identifiers_share_rank_and_are_no_evidence() -> None:
    page = [CAREERS, RENAMED]
    scores = [similarity(CART, each) for each in page]
    ranking = ranks(CART, page, scores)
    assert scores[0] > scores[1]
    assert ranking[1] > ranking[0]
    choice = choose(CART, page)
    assert (choice.index, choice.accepted) == (1, False)
    assert choice.margin < 0


def test_without_identifiers_the_most_similar_is_the_likeliest() -> None:
    bare = Fingerprint(tag="a", text="Home")
    page = [bare, CAREERS]
    scores = [similarity(bare, each) for each in page]
    assert ranks(bare, page, scores) == scores


@given(st.text(max_size=80), st.text(max_size=80))
def test_texts_are_compared_symmetrically_within_zero_and_one(one: str, other: str) -> None:
    assert 0 <= text_similarity(one, other) <= 1
    assert text_similarity(one, other) == pytest.approx(text_similarity(other, one))
