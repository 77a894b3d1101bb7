"""Which file of a repository imports which, and under what name."""

import posixpath
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from tree_sitter import Node

from argus.services.qa.code.source import PYTHON, Source, children, stem

_SUFFIXES = (".ts", ".tsx", ".js", ".jsx", ".mjs", ".cjs", ".mts", ".cts", ".vue")

_PYTHON = """
[(import_statement) (import_from_statement)] @statement
"""
_SCRIPT = """
(import_statement source: (string) @from) @statement
(variable_declarator name: (_) @name value: (call_expression
  function: (identifier) @called arguments: (arguments . (string) @from)))
(call_expression function: (import) arguments: (arguments . (string) @from))
(export_statement source: (string) @from)
"""


@dataclass(frozen=True)
class Imports:
    """The import graph of a repository, as far as it stays inside it."""

    names: Mapping[str, Mapping[str, str]]
    """By file: the names in it that come from other files, and these files."""
    importers: Mapping[str, int]
    """How many files import a file."""
    modules: Mapping[str, str]
    """Files by dotted name, and by the end of it."""

    def file_of(self, name: str, used_in: str) -> str | None:
        """The file behind a dotted name such as `views.create`, as it is used in a file."""
        return self.names.get(used_in, {}).get(name.partition(".")[0])


def imports_of(sources: Sequence[Source]) -> Imports:
    """The import graph; packages from elsewhere are not in it."""
    files = {source.name for source in sources}
    modules = _modules(files)
    names: dict[str, dict[str, str]] = {}
    importers: Counter[str] = Counter()
    for source in sources:
        found = (
            dict(_python(source, modules))
            if source.language is PYTHON
            else dict(_script(source, files))
            if source.is_script
            else {}
        )
        names[source.name] = found
        importers.update(set(found.values()) - {source.name})
    return Imports(names, importers, modules)


def _modules(files: Iterable[str]) -> dict[str, str]:
    """Shorter names stand for the first file that has them: a source root may be any folder."""
    modules: dict[str, str] = {}
    for file in sorted(files, key=lambda name: (name.count("/"), name)):
        if not file.endswith(".py"):
            continue
        parts = list(stem(file).parts)
        if parts[-1] == "__init__":
            parts.pop()
        for start in range(len(parts)):
            modules.setdefault(".".join(parts[start:]), file)
    return modules


def _python(source: Source, modules: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    for match in source.matches(_PYTHON):
        statement = match["statement"]
        package = ""
        if statement.type == "import_from_statement":
            origin = statement.child_by_field_name("module_name")
            assert origin is not None  # the grammar's
            package = _absolute(source.text_of(origin), source.name)
        for node in children(statement, "dotted_name", "aliased_import"):
            if (
                package
                and node.start_byte
                == (statement.child_by_field_name("module_name") or node).start_byte
            ):
                continue
            imported = node.child_by_field_name("name") or node
            alias = node.child_by_field_name("alias")
            dotted = source.text_of(imported)
            local = source.text_of(alias) if alias else dotted.partition(".")[0]
            whole = f"{package}.{dotted}" if package else dotted
            file = _module(whole, modules) or _module(package, modules)
            if file:
                yield local, file


def _module(dotted: str, modules: Mapping[str, str]) -> str | None:
    """The file of a module, also where the analyzed folder is itself a part of the name."""
    parts = dotted.split(".")
    names = (".".join(parts[start:]) for start in range(max(1, len(parts) - 1)))
    return next((modules[name] for name in names if name in modules), None)


def _absolute(module: str, file: str) -> str:
    """A relative module name, seen from the repository's root."""
    dots = len(module) - len(module.lstrip("."))
    if not dots:
        return module
    parent = PurePosixPath(file).parents[dots - 1]
    return ".".join([*parent.parts, *filter(None, [module.lstrip(".")])])


def _script(source: Source, files: set[str]) -> Iterable[tuple[str, str]]:
    for match in source.matches(_SCRIPT):
        if "called" in match and source.text_of(match["called"]) != "require":
            continue
        file = _relative(source.literal(match["from"]), source.name, files)
        if file is None:
            continue
        if "name" in match:
            names = [source.text_of(match["name"])]
        else:
            clause = match["statement"].named_children if "statement" in match else []
            names = [source.text_of(node) for part in clause for node in _identifiers(part)]
        for name in names or [f"<{file}>"]:
            yield name, file


def _identifiers(node: Node) -> Iterable[Node]:
    if node.type == "import_specifier":
        yield node.child_by_field_name("alias") or node.named_children[0]
    elif node.type == "identifier":
        yield node
    else:
        for child in node.named_children:
            yield from _identifiers(child)


def _relative(target: str, file: str, files: set[str]) -> str | None:
    if not target.startswith("."):
        return None
    path = posixpath.normpath(posixpath.join(posixpath.dirname(file), target))
    offers = [path, *(path + suffix for suffix in _SUFFIXES)]
    offers += [f"{path}/index{suffix}" for suffix in _SUFFIXES]
    return next((offer for offer in offers if offer in files), None)
