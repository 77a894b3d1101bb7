"""Routes of Django, Flask and FastAPI."""

import re

from tree_sitter import Node

from argus.services.qa.code.imports import Imports
from argus.services.qa.code.routes import Found, Mount, Route, path_of
from argus.services.qa.code.source import Source
from argus.services.qa.code.surface import Framework

_METHODS = frozenset("get post put patch delete head options websocket".split())
_DECORATED = """
(decorated_definition (decorator (call
    function: (attribute object: (_) @router attribute: (identifier) @verb)
    arguments: (argument_list . (string) @path) @arguments))
  definition: [(function_definition name: (identifier) @name)
               (class_definition name: (identifier) @name)])
"""
_CALLED = """
(call function: [(identifier) @called (attribute attribute: (identifier) @called)]
      arguments: (argument_list) @arguments) @call
"""
_CONSTRUCTED = """
(assignment left: (identifier) @name
  right: (call function: (identifier) @called arguments: (argument_list) @arguments))
"""
_DEFINED = """
[(function_definition name: (identifier) @name) (class_definition name: (identifier) @name)] @whole
"""
_CHANGES = re.compile(
    r"method\s*==\s*['\"]POST|is_valid\(|require_POST|\bdef post\b"
    r"|\((?:\w+\.)?(?:Create|Update|Delete|Form|Login)View\b"
)


def find_python(source: Source, imports: Imports, sources: dict[str, Source], found: Found) -> None:
    """Add the file's routes, and the mounts of other files' routes."""
    prefixes = {
        source.text_of(match["name"]): _keyword(source, match["arguments"], "prefix")
        or _keyword(source, match["arguments"], "url_prefix")
        for match in source.matches(_CONSTRUCTED)
    }
    for match in source.matches(_DECORATED):
        verb, arguments = source.text_of(match["verb"]), match["arguments"]
        router = source.text_of(match["router"])
        if verb not in _METHODS and verb not in ("route", "api_route"):
            continue
        is_flask = verb == "route" or b"flask" in source.text
        listed = re.findall(r"[A-Z]+", _argument_text(source, arguments, "methods"))
        for method in listed or (["GET"] if verb.endswith("route") else [verb.upper()]):
            found.routes.append(
                Route(
                    framework=Framework.FLASK if is_flask else Framework.FASTAPI,
                    file=source.name,
                    line=source.line_of(match["name"]),
                    method=method,
                    path=path_of(prefixes.get(router, ""), source.literal(match["path"])),
                    handler=source.text_of(match["name"]),
                )
            )
    for match in source.matches(_CALLED):
        called, arguments = source.text_of(match["called"]), match["arguments"]
        given = [node for node in arguments.named_children if node.type != "keyword_argument"]
        if called in ("include_router", "register_blueprint") and given:
            file = imports.file_of(source.text_of(given[0]), source.name)
            prefix = _keyword(source, arguments, "prefix") or _keyword(
                source, arguments, "url_prefix"
            )
            if file and prefix:
                found.mounts.append(Mount(source.name, file, prefix))
        elif called in ("path", "re_path", "url") and len(given) > 1 and given[0].type == "string":
            _django(source, imports, sources, found, (match["call"], given[0], given[1]))


def _django(
    source: Source,
    imports: Imports,
    sources: dict[str, Source],
    found: Found,
    route: tuple[Node, Node, Node],
) -> None:
    call, path, view = route
    pattern, text = source.literal(path), source.text_of(view)
    if included := re.match(r"include\(\s*\(?\s*['\"]([\w.]+)", text):
        if file := imports.modules.get(included[1]):
            found.mounts.append(Mount(source.name, file, pattern))
        return
    if text.startswith("include(") or "site.urls" in text:
        return
    handler = re.sub(r"\.as_view\(.*", "", text, flags=re.DOTALL)
    file = imports.file_of(handler, source.name)
    found.routes.append(
        Route(
            framework=Framework.DJANGO,
            file=source.name,
            line=source.line_of(call),
            method=_method(sources.get(file or source.name), handler.rpartition(".")[2]),
            path=path_of(pattern),
            handler=handler,
        )
    )


def _method(source: Source | None, name: str) -> str:
    """`POST` for a view whose code takes what is sent to it; else the code does not say."""
    for match in source.matches(_DEFINED) if source and source.name.endswith(".py") else ():
        if source and source.text_of(match["name"]) == name:
            whole = match["whole"]
            outer = whole.parent if whole.parent and "decorated" in whole.parent.type else whole
            return "POST" if _CHANGES.search(source.text_of(outer)) else ""
    return ""


def _argument(source: Source, arguments: Node, name: str) -> Node | None:
    for node in arguments.named_children:
        if node.type == "keyword_argument":
            key, value = node.child_by_field_name("name"), node.child_by_field_name("value")
            if key is not None and source.text_of(key) == name:
                return value
    return None


def _keyword(source: Source, arguments: Node, name: str) -> str:
    value = _argument(source, arguments, name)
    return source.literal(value) if value is not None and value.type == "string" else ""


def _argument_text(source: Source, arguments: Node, name: str) -> str:
    value = _argument(source, arguments, name)
    return source.text_of(value) if value is not None else ""
