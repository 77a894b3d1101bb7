"""The marks of tests, read from their source: `@pytest.mark.operation("sign_in")`."""

import ast
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, order=True)
class MarkedTest:
    """A test, or all of a module, that has a mark."""

    file: Path
    """Relative to the folder of the tests."""
    name: str
    """Of the function; empty for a mark of the whole module."""


def marked(tests: Path, mark: str) -> dict[str, list[MarkedTest]]:
    """Return the arguments of all marks of that name below `tests`, each with its tests."""
    found: defaultdict[str, set[MarkedTest]] = defaultdict(set)
    for file in tests.rglob("test_*.py"):
        for statement in ast.parse(file.read_text()).body:
            match statement:
                case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                    test = MarkedTest(file.relative_to(tests), name)
                case _:
                    test = MarkedTest(file.relative_to(tests), "")
            for argument in _arguments(statement, mark):
                found[argument].add(test)
    return {argument: sorted(users) for argument, users in found.items()}


def _arguments(statement: ast.stmt, mark: str) -> list[str]:
    return [
        argument.value
        for node in ast.walk(statement)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == mark
        for argument in node.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    ]
