"""Errors of links and codes by mail."""

from argus.kernel.errors import ArgusError


class EmailProofInvalid(ArgusError):
    """The link or the code is not good: wrong, used before, too old, or five codes were wrong.

    Ask for a new mail. Use the latest one: for some purposes a new mail makes earlier ones void.
    """

    code, status, title = "auth.email_proof.invalid", 401, "Link or code not accepted"
