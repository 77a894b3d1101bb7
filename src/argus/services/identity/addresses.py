"""Mail addresses: what is one, and when two spellings are the same mailbox."""

from email_validator import EmailNotValidError, validate_email

from argus.kernel.errors import ArgusError


class EmailInvalid(ArgusError):
    """The text is not a mail address, such as `ada@example.com`."""

    code, status, title = "identity.email.invalid", 422, "Not a mail address"


def parse_address(text: str) -> str:
    """The address with its domain in lower case and Unicode in NFC; its local part as written.

    Names that only a private network resolves (`ada@corp.local`) are addresses too.

    Raises:
        EmailInvalid
    """
    try:
        return validate_email(
            text.strip(), check_deliverability=False, globally_deliverable=False
        ).normalized
    except EmailNotValidError as error:
        raise EmailInvalid(str(error)) from None


def address_key(address: str) -> str:
    """What two spellings of one mailbox share.

    Lower case and no more: `str.casefold` would make different mailboxes (`ß` and `ss`) one.
    """
    return address.lower()
