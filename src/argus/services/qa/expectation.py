"""What must hold after a step. Strings marked *template* are those of `ir`."""

from typing import Annotated, Literal

from pydantic import Field

from argus.kernel.schema import Value
from argus.services.qa.target import Target

SAME_HEADING = "a page shows its heading each time it is opened"
"""The oracle of a text that is the page's heading (see `triage`)."""


class TextPresent(Value):
    """Some visible text of the page, or the value of one of its fields, contains `text`."""

    kind: Literal["text_present"] = "text_present"
    text: str
    oracle: str


class TextAbsent(Value):
    """No visible text of the page, and no value of one of its fields, contains `text`."""

    kind: Literal["text_absent"] = "text_absent"
    text: str
    oracle: str


class RowCount(Value):
    """Exactly `count` rows show `text`."""

    kind: Literal["row_count"] = "row_count"
    text: str
    count: int
    oracle: str


class FieldValue(Value):
    """The field holds `value`; of a select the label of the chosen option, of a check box `true`
    or `false`.

    A number may be written otherwise (`12` and `12.0`).
    """

    kind: Literal["field_value"] = "field_value"
    target: Target
    value: str
    oracle: str


class AtUrl(Value):
    """The page's URL template (numbers, UUIDs and slugs folded) equals `template`."""

    kind: Literal["at_url"] = "at_url"
    template: str
    oracle: str


class Mutation(Value):
    """The step sends a state-changing request to `url_template`; it is answered below 400."""

    kind: Literal["mutation"] = "mutation"
    method: str
    url_template: str
    oracle: str


class NoMutation(Value):
    """The step sends no state-changing request that is answered with a redirect or 201/204."""

    kind: Literal["no_mutation"] = "no_mutation"
    oracle: str


class ValidationError(Value):
    """The page says that input is wrong: `:invalid`, `aria-invalid`, an alert, or an error text."""

    kind: Literal["validation_error"] = "validation_error"
    oracle: str


class ElementPresent(Value):
    """The element is on the page. It is never healed: that it is there is what is tested."""

    kind: Literal["element_present"] = "element_present"
    target: Target
    oracle: str


class ElementAbsent(Value):
    """The element is not on the page. It is never healed: one that is called otherwise is gone."""

    kind: Literal["element_absent"] = "element_absent"
    target: Target
    oracle: str


class Gone(Value):
    """Opening the URL that step `step` led to answers 404 or 410, or redirects elsewhere."""

    kind: Literal["gone"] = "gone"
    step: str
    oracle: str


class TotalAddsUp(Value):
    """The number with that label is the sum of a column of the page, if the page shows all."""

    kind: Literal["total_adds_up"] = "total_adds_up"
    label: str
    oracle: str


class ShownAddsUp(Value):
    """The number with that label is the sum of a column of the page, wherever its list goes on."""

    kind: Literal["shown_adds_up"] = "shown_adds_up"
    label: str
    oracle: str


class CountIsRight(Value):
    """The number with that label is how many rows a list has, if the page shows all."""

    kind: Literal["count_is_right"] = "count_is_right"
    label: str
    oracle: str


class ColumnMultiplies(Value):
    """In each row, the number below that head is the product of the same two others."""

    kind: Literal["column_multiplies"] = "column_multiplies"
    head: str
    oracle: str


class ColumnInOrder(Value):
    """What stands below that head is in order, up or down, if there is anything to compare."""

    kind: Literal["column_in_order"] = "column_in_order"
    head: str
    oracle: str


class PagesAddUp(Value):
    """The pages of the list show each row once.

    They have as many rows as the text with the words `label` says, if it is not empty.
    """

    kind: Literal["pages_add_up"] = "pages_add_up"
    label: str
    oracle: str


class LinkPresent(Value):
    """A visible link leads to `url_template`, whatever it is called."""

    kind: Literal["link_present"] = "link_present"
    url_template: str
    oracle: str


class SignInRequired(Value):
    """Without the user's session, nothing that the step loaded shows `text` (a *template*).

    Where `text` is empty: its page is answered by a redirect or a refusal.
    """

    kind: Literal["sign_in_required"] = "sign_in_required"
    text: str
    oracle: str


class Withheld(Value):
    """With the session of `role`, nothing that the step loaded shows `text` (a *template*)."""

    kind: Literal["withheld"] = "withheld"
    text: str
    role: str
    oracle: str


class QueryCount(Value):
    """The application's database answers `sql` with exactly `count` rows.

    A `${name}` in `sql` is a parameter, and stands without quotes.
    """

    kind: Literal["query_count"] = "query_count"
    sql: str
    count: int
    oracle: str


class QueryRow(Value):
    """The application's database answers `sql` with one row, which reads `row` (*templates*).

    None is NULL, and a number may be written otherwise.
    """

    kind: Literal["query_row"] = "query_row"
    sql: str
    row: tuple[str | None, ...]
    oracle: str


class AnswerStatus(Value):
    """The step's request is answered with `status`."""

    kind: Literal["answer_status"] = "answer_status"
    status: int
    oracle: str


class AnswerValue(Value):
    """The answer is JSON and holds `value` (a *template*) at `pointer` (RFC 6901).

    What is no string is compared as JSON: `true`, `null`; a number may be written otherwise.
    """

    kind: Literal["answer_value"] = "answer_value"
    pointer: str
    value: str
    oracle: str


class AnswerHeader(Value):
    """The answer has the header `header`, which reads `value` (a *template*)."""

    kind: Literal["answer_header"] = "answer_header"
    header: str
    value: str
    oracle: str


Expectation = Annotated[
    TextPresent
    | TextAbsent
    | RowCount
    | FieldValue
    | AtUrl
    | Mutation
    | NoMutation
    | ValidationError
    | ElementPresent
    | ElementAbsent
    | Gone
    | TotalAddsUp
    | ShownAddsUp
    | CountIsRight
    | ColumnMultiplies
    | ColumnInOrder
    | PagesAddUp
    | LinkPresent
    | SignInRequired
    | Withheld
    | QueryCount
    | QueryRow
    | AnswerStatus
    | AnswerValue
    | AnswerHeader,
    Field(discriminator="kind"),
]
"""`oracle` names the metamorphic relation in a sentence: "a created record appears in its list"."""
