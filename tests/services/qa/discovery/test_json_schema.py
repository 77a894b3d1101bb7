from hypothesis import given
from hypothesis import strategies as st

from argus.services.qa.discovery.json_schema import MOST_PROPERTIES, infer, merge

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
    ),
    max_leaves=8,
)


def test_a_property_that_was_missing_once_is_not_required() -> None:
    assert infer([{"id": 1, "name": "Emma"}, {"id": 2}]) == {
        "type": "array",
        "items": {
            "type": "object",
            "properties": {"id": {"type": "integer"}, "name": {"type": "string"}},
            "required": ["id"],
        },
    }


def test_values_of_several_types_are_alternatives_and_a_whole_number_is_a_number() -> None:
    assert infer([1, 1.5, None, True]) == {
        "type": "array",
        "items": {"anyOf": [{"type": "boolean"}, {"type": "null"}, {"type": "number"}]},
    }


def test_an_object_with_very_many_properties_is_a_dictionary() -> None:
    many = {f"key-{number}": number for number in range(MOST_PROPERTIES + 1)}
    assert infer(many) == {"type": "object", "additionalProperties": {"type": "integer"}}


@given(JSON, JSON)
def test_the_order_in_which_values_are_seen_does_not_matter(one: object, other: object) -> None:
    assert merge(infer(one), infer(other)) == merge(infer(other), infer(one))


@given(JSON, JSON)
def test_what_was_seen_before_changes_nothing(one: object, other: object) -> None:
    both = merge(infer(one), infer(other))
    assert merge(both, infer(one)) == both == merge(both, both)
