"""The words of a plan: what stands for which action, expectation and limit, in both directions."""

import json
import re
from collections.abc import Mapping

from argus.kernel.schema import Value
from argus.services.qa.expectation import (
    AnswerHeader,
    AnswerStatus,
    AnswerValue,
    AtUrl,
    ColumnInOrder,
    ColumnMultiplies,
    CountIsRight,
    ElementAbsent,
    ElementPresent,
    FieldValue,
    Gone,
    LinkPresent,
    Mutation,
    NoMutation,
    PagesAddUp,
    QueryCount,
    QueryRow,
    RowCount,
    ShownAddsUp,
    SignInRequired,
    TextAbsent,
    TextPresent,
    TotalAddsUp,
    ValidationError,
    Withheld,
)
from argus.services.qa.ir import Action, HttpRequest, Secret, Step

ACTIONS: Mapping[Action, tuple[str, str]] = {
    Action.GOTO: ("go to", "with"),
    Action.CLICK: ("click", "with"),
    Action.DOUBLE_CLICK: ("double-click", "with"),
    Action.FILL: ("fill", "with"),
    Action.SELECT: ("set", "to"),
    Action.CHECK: ("check", "with"),
    Action.UNCHECK: ("uncheck", "with"),
    Action.UPLOAD: ("upload to", "the file"),
    Action.PRESS: ("press on", "the key"),
    Action.HOVER: ("hover over", "with"),
    Action.RELOAD: ("reload", "with"),
    Action.BACK: ("go back", "with"),
    Action.LIFT_LIMITS: ("lift the limits of the forms", "with"),
    Action.VERIFY: ("look", "with"),
    Action.REQUEST: ("send", "with"),
}
"""The verb, and what joins an element with a value."""

EXPECTATIONS: Mapping[type[Value], str] = {
    TextPresent: "the text {text}",
    TextAbsent: "no text {text}",
    RowCount: "{count} rows with {text}",
    FieldValue: "{target} to hold {value}",
    AtUrl: "the address {template}",
    Mutation: "a request {method} to {url_template}",
    NoMutation: "nothing to be changed",
    ValidationError: "a complaint about the input",
    ElementPresent: "{target} to be there",
    ElementAbsent: "{target} not to be there",
    Gone: "the page of step {step} to be gone",
    TotalAddsUp: "the total {label} to add up",
    ShownAddsUp: "the total {label} to add up what is shown",
    CountIsRight: "the number {label} to be that of the rows",
    ColumnMultiplies: "the column {head} to be a product",
    ColumnInOrder: "the column {head} to be in order",
    PagesAddUp: "the pages of the list to show each row once, as many as {label} says",
    LinkPresent: "a link to {url_template}",
    SignInRequired: "nobody to get {text} without signing in",
    QueryCount: "the database to answer {sql} with {count} rows",
    QueryRow: "the database to answer {sql} with {row}",
    AnswerStatus: "the answer {status}",
    AnswerValue: "the answer to hold {value} at {pointer}",
    AnswerHeader: "the answer's header {header} to be {value}",
    Withheld: "{role} not to get {text}",
}
"""What `expect` is followed by; then comes `because`, and the oracle."""

RECORDED: Mapping[str, str] = {
    "what it holds is kept as": "keep",
    "leads to": "post_url",
    "recorded before": "pre_state",
    "recorded after": "post_state",
}
"""What else a step says, as strings."""

LIMITS: Mapping[str, str] = {
    "labelled": "label",
    "from": "min",
    "to": "max",
    "of at least": "min_length",
    "of at most": "max_length",
    "like": "pattern",
    "taken from": "source",
}
"""What a value's description goes on with, in this order."""


def quoted(text: str) -> str:
    """The text as a JSON string that is no HTML."""
    return json.dumps(text, ensure_ascii=False).replace("<", r"\u003c")


def word(text: str) -> str:
    """The text without quotes where it is one plain word."""
    return text if re.fullmatch(r"[\w.-]+", text) else quoted(text)


def line(text: str) -> str:
    """The text without quotes where it fits on the rest of a line."""
    plain = text and text == text.strip() and text.isprintable() and text[0] != '"'
    return text if plain and "<" not in text else quoted(text)


def sending(request: HttpRequest) -> str:
    """`send POST "/notes"`."""
    return f"{ACTIONS[Action.REQUEST][0]} {word(request.method)} {quoted(request.path)}"


def sentence(step: Step) -> str:
    """What the step does, in words that a person can follow: `fill textbox "Title" with "Emma"`."""
    if step.request is not None:
        body = f" {step.request.body}" if step.request.body else ""
        return sending(step.request) + body
    verb, joined = ACTIONS[step.action]
    said = ["press" if step.action is Action.PRESS and step.target is None else verb]
    if step.target is not None:
        row = f" in the row with {quoted(step.target.row.text)}" if step.target.row else ""
        said.append(f"{step.target.description}{row}")
        said += [joined] if step.value is not None else []
    if isinstance(step.value, Secret):
        said.append(f"the secret {step.value.secret}")
    elif step.value is not None:
        said.append(quoted(step.value))
    said += [f"as {step.as_role}"] if step.as_role else []
    return " ".join(said)
