"""Mail addresses: what is one, and when two spellings are the same mailbox."""

import email_validator

from argus.kernel.errors import ArgusError

# The library's documented way to accept names that only a private network resolves; it is global.
email_validator.SPECIAL_USE_DOMAIN_NAMES.clear()


class EmailInvalid(ArgusError):
    """The text is not a mail address, such as `ada@example.com`."""

    code, status, title = "identity.email.invalid", 422, "Not a mail address"


def parse_address(text: str) -> str:
    """The address with its domain in lower case and Unicode in NFC; its local part as written.

    Domains of private networks (`ada@corp.local`) are domains too; whether mail arrives there is
    not looked up.

    Raises:
        EmailInvalid
    """
    try:
        return email_validator.validate_email(text.strip(), check_deliverability=False).normalized
    except email_validator.EmailNotValidError as error:
        raise EmailInvalid(str(error)) from None


def address_key(address: str) -> str:
    """What two spellings of one mailbox share.

    Lower case and no more: `str.casefold` would make different mailboxes (`ß` and `ss`) one.
    """
    return address.lower()


def spelling_key(text: str) -> str:
    """The same for a text that need be no address; then it is its own."""
    try:
        return address_key(parse_address(text))
    except EmailInvalid:
        return text
