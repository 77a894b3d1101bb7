"""The functions of elements.js, in the forms Playwright's evaluate calls take."""

from importlib import resources

_SOURCE = resources.files("argus.services.qa.browser").joinpath("elements.js").read_text("utf-8")


def on_page(call: str) -> str:
    """A function for `page.evaluate`: `call` is a call of elements.js, with `arg` the input."""
    return f"(arg) => {{ const page = {_SOURCE}; return page.{call}; }}"


def on_nodes(call: str) -> str:
    """The same for `evaluate` and `evaluate_all` of a locator, which pass the matched `nodes`."""
    return f"(nodes, arg) => {{ const page = {_SOURCE}; return page.{call}; }}"


def with_dom(function: str) -> str:
    """The same for a function of the helpers in `dom` of elements.js and of `arg`."""
    return f"(arg) => {{ const page = {_SOURCE}; return ({function})(page.dom, arg); }}"
