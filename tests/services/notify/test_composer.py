from datetime import UTC, datetime
from email import message_from_bytes, policy

import pytest

from argus.services.notify.composer import MailComposer
from argus.services.notify.errors import MailInvalid

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
VARIABLES = {
    "organization": "Acme & <b>Söhne</b>",
    "invited_by": "Ada Lovelace",
    "roles": "member",
    "token": "inv_01m824n6rqe7ebh317zm64wh39.secret",
    "expires": "08 January 2030, 12:00 UTC",
    "platform_url": "https://argus.example",
}


@pytest.fixture
def composer() -> MailComposer:
    return MailComposer("Argus <argus@example.com>")


def test_a_mail_has_a_text_and_an_html_part(composer: MailComposer) -> None:
    composed = composer.compose("invitation.x", "bob@example.com", "invitation", VARIABLES, NOW)
    mail = message_from_bytes(composed.as_bytes(), policy=policy.default)
    assert mail["From"] == "Argus <argus@example.com>"
    assert mail["To"] == "bob@example.com"
    assert mail["Subject"] == "Ada Lovelace invites you to Acme & <b>Söhne</b>"
    assert mail["Date"].datetime == NOW
    assert mail["Message-ID"] == "<invitation.x@example.com>"
    text, html = (part.get_content() for part in mail.iter_parts())
    for value in VARIABLES.values():
        assert value in text
    assert "Acme &amp; &lt;b&gt;Söhne&lt;/b&gt;" in html
    assert "<b>" not in html


@pytest.mark.parametrize("where", ["organization", "invited_by"])
def test_no_variable_becomes_a_header(composer: MailComposer, where: str) -> None:
    variables = VARIABLES | {where: "Acme\r\nBcc: eve@example.com"}
    with pytest.raises(MailInvalid):
        composer.compose("invitation.x", "bob@example.com", "invitation", variables, NOW)


def test_a_variable_is_never_a_template(composer: MailComposer) -> None:
    variables = VARIABLES | {"organization": "{{ token }}"}
    mail = composer.compose("invitation.x", "bob@example.com", "invitation", variables, NOW)
    assert mail["Subject"] == "Ada Lovelace invites you to {{ token }}"


@pytest.mark.parametrize(
    "to",
    [
        "",
        "bob",
        "@example.com",
        "bob@example.com, eve@example.com",
        "bob@example.com;eve@example.com",
        "bob@example.com\r\nBcc: eve@example.com",
        "Bob <bob@example.com>",
        "bob@example.com\x00",
    ],
)
def test_a_mail_has_exactly_one_plain_recipient(composer: MailComposer, to: str) -> None:
    with pytest.raises(MailInvalid):
        composer.compose("invitation.x", to, "invitation", VARIABLES, NOW)


@pytest.mark.parametrize("message_id", ["", "../x", "a b", "a@b", "a\r\nb", ".x", "A", "x" * 201])
def test_a_message_id_is_safe_in_headers_and_file_names(
    composer: MailComposer, message_id: str
) -> None:
    with pytest.raises(MailInvalid):
        composer.compose(message_id, "bob@example.com", "invitation", VARIABLES, NOW)


@pytest.mark.parametrize("template", ["", "unknown", "../module", "layout", "/etc/passwd"])
def test_a_template_is_one_of_the_services(composer: MailComposer, template: str) -> None:
    with pytest.raises(MailInvalid):
        composer.compose("invitation.x", "bob@example.com", template, VARIABLES, NOW)


@pytest.mark.parametrize("missing", VARIABLES)
def test_a_mail_with_a_gap_is_not_composed(composer: MailComposer, missing: str) -> None:
    variables = {name: value for name, value in VARIABLES.items() if name != missing}
    with pytest.raises(MailInvalid, match=missing):
        composer.compose("invitation.x", "bob@example.com", "invitation", variables, NOW)
