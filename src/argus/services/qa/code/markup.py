"""Forms and test ids of pages and templates; forms and handlers of Vue's."""

from typing import Any

from tree_sitter import Node

from argus.services.qa.code.routes import Found, path_of
from argus.services.qa.code.source import TYPESCRIPT, Source, children
from argus.services.qa.code.surface import Framework, Surface, SurfaceKind

_ELEMENT = "[(start_tag (tag_name) @tag) (self_closing_tag (tag_name) @tag)] @element"
_FIELDS = frozenset({"input", "select", "textarea"})
_UNSENT = frozenset({"submit", "button", "hidden", "reset", "image"})


def find_marked_up(source: Source, found: Found) -> None:
    """Add the forms of a page or template, with their fields, its test ids and Vue's handlers."""
    is_vue = source.name.endswith(".vue")
    elements = [
        (
            match["element"],
            source.text_of(match["tag"]).lower(),
            _attributes(source, match["element"]),
        )
        for match in source.matches(_ELEMENT)
    ]
    for element, tag, attributes in elements:

        def add(kind: SurfaceKind, name: str, **more: Any) -> None:
            found.surfaces.append(
                Surface(
                    kind=kind,
                    name=name.strip(),
                    framework=Framework.VUE if is_vue else Framework.HTML,
                    file=source.name,
                    line=source.line_of(element),  # noqa: B023 - called in this turn only
                    **more,
                )
            )

        if test_id := attributes.get("data-testid") or attributes.get("data-test"):
            add(SurfaceKind.TEST_ID, test_id)
        if tag == "form":
            whole = element.parent or element
            named = [
                other.get("name") or other.get("v-model") or other.get("id")
                for node, tagged, other in elements
                if tagged in _FIELDS
                and other.get("type") not in _UNSENT
                and whole.start_byte <= node.start_byte < whole.end_byte
            ]
            action = attributes.get("action", "")
            handler = next((attributes[key] for key in attributes if key.startswith("@submit")), "")
            add(
                SurfaceKind.FORM,
                f"form {attributes.get('id') or action or handler}",
                method=attributes.get("method", "POST" if is_vue else "GET").upper(),
                path=path_of(action) if action.startswith("/") else "",
                handler=handler,
                fields=tuple(filter(None, named)),
            )
        for key in attributes if is_vue else ():
            if key.startswith(("@click", "v-on:click")):
                name = f"{attributes.get('aria-label') or tag} click"
                add(SurfaceKind.HANDLER, name, handler=attributes[key])


def script_of(source: Source) -> Source | None:
    """The script of a Vue file, as a source of its own with the same name and lines."""
    for match in source.matches("(script_element (raw_text) @text)"):
        node = match["text"]
        text = source.text[node.start_byte : node.end_byte]
        return Source(source.name, text, TYPESCRIPT, source.line_of(node))
    return None


def _attributes(source: Source, element: Node) -> dict[str, str]:
    found: dict[str, str] = {}
    for attribute in children(element, "attribute"):
        name, *values = attribute.named_children
        found[source.text_of(name)] = source.text_of(values[0]).strip("\"'") if values else ""
    return found
