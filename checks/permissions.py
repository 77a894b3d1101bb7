"""The permission matrix in `docs/security/permissions.md` is what the contracts say."""

from pathlib import Path

from checks import generated

PAGE = Path("docs/security/permissions.md")


def render() -> str:
    """Return the page: which role has a permission, and which credentials may carry it."""
    from argus.contracts.permissions import CREDENTIALS, ROLE_PERMISSIONS, Permission

    roles = list(ROLE_PERMISSIONS)
    lines = [
        "# Permissions",
        "",
        "Generated from `src/argus/contracts/permissions.py` by `make docs`.",
        "",
        "A caller needs a role that has the permission, and a credential of a kind that may carry",
        "it; the scopes of a token or key are a further, independent gate.",
        "",
        _row(["permission", *(f"`{role.value}`" for role in roles), "credentials"]),
        _row(["---"] * (len(roles) + 2)),
    ]
    for permission in Permission:
        held = ["✓" if permission in ROLE_PERMISSIONS[role] else "" for role in roles]
        kinds = ", ".join(sorted(kind.value for kind in CREDENTIALS[permission]))
        lines.append(_row([f"`{permission.value}`", *held, kinds]))
    return "\n".join(lines) + "\n"


def check(root: Path) -> list[str]:
    """Report a stale page."""
    return generated.stale(root, {PAGE: render()}, "make docs")


def write(root: Path) -> None:
    """Write the page."""
    generated.write(root, {PAGE: render()}, [])


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
