"""Secrets are compared in constant time: an early end would tell how much of a guess was right.

SQL compares hashes of 256 random bits, or HMACs, of which a guesser controls nothing; so the
repositories are left out, as is what `NO_SECRETS` explains.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[3] / "src/argus"
FOLDERS = (SOURCE / "services/auth", SOURCE / "kernel")
SECRET = re.compile(
    r"(^|_)(mac|token|nonce|jkt|ath|proved|lookup|cookie)($|_)"
    r"|digest|hash|secret|signature|challenge|verifier"
)
NOT_ITSELF = ("_id", "_method")
NO_SECRETS = {
    "extract_parameters(stored.hash) != PARAMETERS": "the cost of a password hash",
    "token.type == TYPE": "the type of a token",
    "issued.jkt == asked.jkt": "both were proved before; thumbprints are of public keys",
    "asked.jkt != code.dpop_jkt": "the same",
    "suffix.upper() == digest[5:]": "of a leaked password's hash, which is public",
    "self._recognised.get(candidate.id) == digest": "both are HMACs under a pepper",
}


def comparisons(path: Path) -> Iterator[str]:
    """Comparisons by `==` or `!=` in which something is named as a secret."""
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.Compare) or not isinstance(node.ops[0], ast.Eq | ast.NotEq):
            continue
        sides = [node.left, *node.comparators]
        if any(isinstance(side, ast.Constant) for side in sides):
            continue
        named = [name for side in sides for name in names(side)]
        if any(SECRET.search(name) and not name.endswith(NOT_ITSELF) for name in named):
            yield ast.unparse(node)


def names(side: ast.expr) -> Iterator[str]:
    """What an operand is called; of `secret.id`, only `id`."""
    nodes = list(ast.walk(side))
    owners = [node.value for node in nodes if isinstance(node, ast.Attribute)]
    for node in nodes:
        if isinstance(node, ast.Attribute) and node not in owners:
            yield node.attr
        elif isinstance(node, ast.Name) and node not in owners:
            yield node.id


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_no_secret_is_compared_by_an_operator_that_ends_early(folder: Path) -> None:
    files = [path for path in folder.rglob("*.py") if path.name != "repository.py"]
    assert len(files) > 30
    found = {f"{path.name}: {each}" for path in files for each in comparisons(path)}
    assert {each for each in found if each.partition(": ")[2] not in NO_SECRETS} == set()
