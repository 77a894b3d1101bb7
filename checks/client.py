"""The client's table of roles is that of the contracts: it decides offline what they say."""

import textwrap
from collections.abc import Iterable
from pathlib import Path

from checks import generated

TABLE = Path("clients/python/argus_client/roles.py")


def render() -> str:
    """Return the module: which permissions a role has, and which credentials may carry one."""
    from argus.contracts.permissions import CREDENTIALS, ROLE_PERMISSIONS, Permission

    roles = {
        role.value: [name.value for name in Permission if name in granted]
        for role, granted in ROLE_PERMISSIONS.items()
    }
    carried = {
        permission.value: sorted(kind.value for kind in CREDENTIALS[permission])
        for permission in Permission
    }
    return "\n".join(
        [
            '"""Which permissions a role has, and which kinds of credential may carry one.',
            "",
            "Generated from the platform's contracts by `make docs`.",
            '"""',
            "",
            *_table("ROLE_PERMISSIONS", roles),
            "",
            *_table("CREDENTIALS", carried),
            "",
        ]
    )


def check(root: Path) -> list[str]:
    """Report a stale table."""
    return generated.stale(root, {TABLE: render()}, "make docs")


def write(root: Path) -> None:
    """Write the table."""
    generated.write(root, {TABLE: render()}, [])


def _table(name: str, rows: dict[str, list[str]]) -> Iterable[str]:
    yield f"{name}: dict[str, frozenset[str]] = {{"
    yield "    name: frozenset(values.split())"
    yield "    for name, values in {"
    for key, values in rows.items():
        lines = textwrap.wrap(" ".join(values), 80)
        if len(lines) > 1:
            yield f'        "{key}": """'
            yield from (f"            {line}" for line in lines)
            yield '        """,'
        else:
            yield f'        "{key}": "{" ".join(values)}",'
    yield "    }.items()"
    yield "}"
