"""The code that a person carries from a device to a browser (RFC 8628 section 6.1)."""

import secrets

ALPHABET = "BCDFGHJKLMNPQRSTVWXZ"
"""No vowels, so that no word comes about, and nothing that looks like a digit."""
LENGTH = 8
"""34.5 bits: enough while guesses are limited and codes live for minutes."""


def new_user_code() -> str:
    """A random code in its normal form, without the dash."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def shown(user_code: str) -> str:
    """The code as people read it: `WDJB-MJHT`."""
    return f"{user_code[:4]}-{user_code[4:]}"


def normalize(typed: str) -> str | None:
    """The code behind what was typed: case, dashes and blanks do not count; None if it is none."""
    code = "".join(
        character for character in typed.upper() if character not in "- \u2010\u2011\u2013"
    )
    return code if len(code) == LENGTH and set(code) <= set(ALPHABET) else None
