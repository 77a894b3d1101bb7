import pytest

from argus.kernel.crypto import Keyring
from argus.kernel.ids import format_id, new_id
from argus.services.identity.invitation_token import InvitationTokens

OLD, NEW = bytes(range(32)), bytes(range(1, 33))


def test_a_token_names_its_invitation() -> None:
    tokens, invitation_id = InvitationTokens(Keyring([OLD])), new_id()
    assert tokens.verify(tokens.issue(invitation_id)) == invitation_id


def test_a_token_outlives_the_rotation_of_the_master_key() -> None:
    invitation_id = new_id()
    token = InvitationTokens(Keyring([OLD])).issue(invitation_id)
    assert InvitationTokens(Keyring([NEW, OLD])).verify(token) == invitation_id
    assert InvitationTokens(Keyring([NEW])).verify(token) is None


def test_the_proof_of_one_invitation_does_not_open_another() -> None:
    tokens = InvitationTokens(Keyring([OLD]))
    proof = tokens.issue(new_id()).partition(".")[2]
    assert tokens.verify(f"{format_id('inv', new_id())}.{proof}") is None


@pytest.mark.parametrize("length", range(0, 73, 7))
def test_a_shortened_token_is_none(length: int) -> None:
    tokens = InvitationTokens(Keyring([OLD]))
    assert tokens.verify(tokens.issue(new_id())[:length]) is None


@pytest.mark.parametrize(
    "token",
    [
        "",
        ".",
        "inv_",
        "inv_.x",
        "usr_01m824n6rqe7ebh317zm64wh39.AAAA",
        "é.é",
        "inv_x.\x00",
        "." * 99,
    ],
)
def test_what_is_no_token_is_none(token: str) -> None:
    assert InvitationTokens(Keyring([OLD])).verify(token) is None
