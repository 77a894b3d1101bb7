"""Routes of Express, Next, React Router and Vue Router; forms and handlers of React."""

import re
from typing import Any

from tree_sitter import Node

from argus.services.qa.code.imports import Imports
from argus.services.qa.code.routes import Found, Mount, Route, path_of
from argus.services.qa.code.source import TSX, Source, children, stem
from argus.services.qa.code.surface import Framework, Surface, SurfaceKind

_METHODS = frozenset("get post put patch delete head options all".split())
_CALLED = """
(call_expression
  function: (member_expression object: (_) @object property: (property_identifier) @verb)
  arguments: (arguments . [(string) (template_string)] @path) @arguments)
"""
_ELEMENT = """
[(jsx_opening_element name: (_) @tag) (jsx_self_closing_element name: (_) @tag)] @element
"""
_EXPORTED = """
(export_statement [
  (function_declaration name: (identifier) @name)
  (lexical_declaration (variable_declarator name: (identifier) @name))])
"""
_VUE_ROUTE = """
(object (pair key: (property_identifier) @key value: (string) @path)) @record
"""
_PAGE = re.compile(r"(?:^|/)app/(?:(.*)/)?page\.[jt]sx?$")
_ROUTE = re.compile(r"(?:^|/)app/(?:(.*)/)?route\.[jt]s$")
_API = re.compile(r"(?:^|/)pages/(api/.*?)(?:/index)?\.[jt]sx?$")
_OLD_PAGE = re.compile(r"(?:^|/)pages/(?!api/|_)(.*?)(?:/?index)?\.[jt]sx?$")
_VERBS = frozenset("GET POST PUT PATCH DELETE HEAD OPTIONS".split())
_HANDLERS = frozenset({"onClick", "onChange", "onSubmit", "onDrop", "onKeyDown"})
_FIELDS = frozenset({"input", "select", "textarea", "Input", "Select", "Textarea", "Field"})


def find_scripted(source: Source, imports: Imports, *, is_next: bool, found: Found) -> None:
    """Add what the file offers, and the mounts of other files' routes."""
    if b"express" in source.text or b"Router(" in source.text or b"router." in source.text:
        _express(source, imports, found)
    if b"vue-router" in source.text:
        _vue_routes(source, found)
    if is_next:
        _next(source, found)
    if source.language is TSX:
        _react(source, found)


def _express(source: Source, imports: Imports, found: Found) -> None:
    for match in source.matches(_CALLED):
        verb, path = source.text_of(match["verb"]), source.literal(match["path"])
        given = match["arguments"].named_children
        if not path.startswith("/") or len(given) < 2:
            continue
        if verb == "use":
            mounted = source.text_of(given[-1])
            file = imports.file_of(mounted, source.name)
            if required := re.match(r"require\(['\"](\..*?)['\"]\)", mounted):
                names = imports.names.get(source.name, {}).values()
                ending = required[1].lstrip("./")
                file = next(
                    (name for name in names if stem(name).as_posix().endswith(ending)), None
                )
            if file:
                found.mounts.append(Mount(source.name, file, path))
        elif verb in _METHODS:
            handler = source.text_of(given[-1])
            found.routes.append(
                Route(
                    framework=Framework.EXPRESS,
                    file=source.name,
                    line=source.line_of(match["path"]),
                    method="" if verb == "all" else verb.upper(),
                    path=path_of(path),
                    handler=handler if re.fullmatch(r"[\w.]+", handler) else "",
                )
            )


def _vue_routes(source: Source, found: Found) -> None:
    for match in source.matches(_VUE_ROUTE):
        keys = {
            source.text_of(key)
            for pair in children(match["record"], "pair")
            if (key := pair.child_by_field_name("key")) is not None
        }
        if source.text_of(match["key"]) == "path" and keys & {"component", "components"}:
            found.routes.append(
                Route(
                    framework=Framework.VUE,
                    file=source.name,
                    line=source.line_of(match["path"]),
                    method="GET",
                    path=path_of(source.literal(match["path"])),
                )
            )


def _next(source: Source, found: Found) -> None:
    def add(method: str, path: str, handler: str = "", line: int = 1) -> None:
        shown = "/".join(part for part in path.split("/") if not re.fullmatch(r"\(.*\)|@.*", part))
        found.routes.append(
            Route(Framework.NEXT, source.name, line, method, path_of(shown), handler)
        )

    if page := _PAGE.search(source.name) or _OLD_PAGE.search(source.name):
        add("GET", page[1] or "")
    elif route := _ROUTE.search(source.name):
        for match in source.matches(_EXPORTED):
            name = source.text_of(match["name"])
            if name in _VERBS:
                add(name, route[1] or "", name, source.line_of(match["name"]))
    elif api := _API.search(source.name):
        methods = re.findall(rb"method\s*={2,3}\s*['\"]([A-Z]+)", source.text)
        for method in sorted({method.decode() for method in methods}) or [""]:
            add(method, api[1])


def _react(source: Source, found: Found) -> None:
    elements = [
        (match["element"], source.text_of(match["tag"]), _attributes(source, match["element"]))
        for match in source.matches(_ELEMENT)
    ]
    for element, tag, attributes in elements:

        def add(kind: SurfaceKind, name: str, **more: Any) -> None:
            found.surfaces.append(
                Surface(
                    kind=kind,
                    name=name.strip(),
                    framework=Framework.REACT,
                    file=source.name,
                    line=source.line_of(element),  # noqa: B023 - called in this turn only
                    **more,
                )
            )

        if test_id := attributes.get("data-testid") or attributes.get("data-test"):
            add(SurfaceKind.TEST_ID, test_id)
        if tag == "Route" and attributes.get("path"):
            path = path_of(attributes["path"])
            add(SurfaceKind.ROUTE, f"GET {path}", method="GET", path=path)
        elif tag in ("form", "Form"):
            whole = element.parent or element
            named = [
                other.get("name") or other.get("id")
                for node, tagged, other in elements
                if tagged in _FIELDS and whole.start_byte <= node.start_byte < whole.end_byte
            ]
            handler = attributes.get("onSubmit", "") or attributes.get("action", "")
            add(
                SurfaceKind.FORM,
                f"form {attributes.get('id') or attributes.get('name') or handler}",
                method="GET" if attributes.get("method", "").upper() == "GET" else "POST",
                handler=handler,
                fields=tuple(filter(None, named)),
            )
        elif tag not in _FIELDS:
            for event in sorted(_HANDLERS & attributes.keys()):
                if attributes[event]:
                    name = f"{attributes.get('aria-label') or tag} {event}"
                    add(SurfaceKind.HANDLER, name, handler=attributes[event])


def _attributes(source: Source, element: Node) -> dict[str, str]:
    """Of a JSX element: a string's text, the name in `{name}`, empty for anything else."""
    found: dict[str, str] = {}
    for attribute in children(element, "jsx_attribute"):
        name, *values = attribute.named_children
        value = values[0] if values else None
        if value is None:
            text = ""
        elif value.type == "string":
            text = source.literal(value)
        else:
            inner = source.text_of(value).strip("{} \n")
            text = inner if re.fullmatch(r"[\w.]+", inner) else ""
        found[source.text_of(name)] = text
    return found
