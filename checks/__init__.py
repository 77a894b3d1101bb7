"""The house's own checks: what `make check` verifies beside the linters.

Each module has `check(root) -> list[str]`: what is wrong in the checkout at `root`, one readable
line each, nothing when all is well; a line that starts with `NOTE` is a remark and no failure.
Modules whose subject is generated also have `write(root)`. `python -m checks` runs them all.
"""

NOTE = "note: "
