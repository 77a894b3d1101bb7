"""What people are told of by mail, whether they did it or not."""

from enum import StrEnum

SEND_JOB = "auth.notices.send"
TELL_OF_LEAK_JOB = "auth.notices.tell_of_leak"


class Notice(StrEnum):
    """Names of mail templates."""

    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - a template
    SECOND_FACTOR_CHANGED = "second_factor_changed"
    NEW_DEVICE = "new_device"
    KEY_LEAKED = "key_leaked"
    LINKED_ACCOUNT_CHANGED = "linked_account_changed"
