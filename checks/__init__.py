"""The house's own checks: what `make check` verifies and no linter knows.

Each check is a module with `check(root) -> list[str]`: the problems found in the checkout at `root`,
one readable line each, none when all is well. `python -m checks` runs them all; those whose
outcome is a file take `--write`.
"""
