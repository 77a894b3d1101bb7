"""The functions of elements.js, in the forms Playwright's evaluate calls take.

Each document of a session has them (`INSTALL`): sending and compiling them with each call would
cost more than most calls do.
"""

from importlib import resources

_SOURCE = resources.files("argus.services.qa.browser").joinpath("elements.js").read_text("utf-8")
_PAGE = 'window[Symbol.for("argus.page")]'

INSTALL = f"{_PAGE} = {_SOURCE};"


def on_page(call: str) -> str:
    """A function for `page.evaluate`: `call` is a call of elements.js, with `arg` the input."""
    return f"(arg) => {_PAGE}.{call}"


def on_nodes(call: str) -> str:
    """The same for `evaluate` and `evaluate_all` of a locator, which pass the matched `nodes`."""
    return f"(nodes, arg) => {_PAGE}.{call}"


def with_dom(function: str) -> str:
    """The same for a function of the helpers in `dom` of elements.js and of `arg`."""
    return f"(arg) => ({function})({_PAGE}.dom, arg)"
