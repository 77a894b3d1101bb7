from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argus.kernel.crypto import Keyring
from argus.services.auth.mailed_secrets import CODE_DIGITS, MailedSecrets

SECRETS = MailedSecrets(Keyring([b"a" * 32]))
PROOF = UUID("01936d5e-0000-7000-8000-000000000000")


def test_a_token_names_its_proof_for_its_purpose_only() -> None:
    token = SECRETS.token("reset_password", PROOF)
    assert SECRETS.proof_of("reset_password", token) == PROOF
    assert SECRETS.proof_of("sign_in_link", token) is None
    assert SECRETS.token("reset_password", PROOF) == token


def test_a_code_is_of_its_proof_only_however_it_is_typed() -> None:
    code = SECRETS.code(PROOF)
    assert len(code) == CODE_DIGITS
    assert code.isdecimal()
    assert SECRETS.is_code(PROOF, f" {code[:4]}-{code[4:]} ")
    assert not SECRETS.is_code(uuid4(), code)
    assert not SECRETS.is_code(PROOF, code[:-1])


def test_secrets_outlive_the_rotation_of_the_master_key_and_end_with_its_removal() -> None:
    token, code = SECRETS.token("verify", PROOF), SECRETS.code(PROOF)
    rotated = MailedSecrets(Keyring([b"b" * 32, b"a" * 32]))
    assert rotated.proof_of("verify", token) == PROOF
    assert rotated.is_code(PROOF, code)
    removed = MailedSecrets(Keyring([b"b" * 32]))
    assert removed.proof_of("verify", token) is None
    assert not removed.is_code(PROOF, code)


@pytest.mark.parametrize("position", [5, 30, 50])
def test_a_changed_token_is_refused(position: int) -> None:
    token = SECRETS.token("verify", PROOF)
    other = "0" if token[position] != "0" else "1"
    assert SECRETS.proof_of("verify", token[:position] + other + token[position + 1 :]) is None


@given(st.text(max_size=120))
def test_nothing_made_up_is_a_token_or_a_code(text: str) -> None:
    assert SECRETS.proof_of("verify", text) is None
    assert not SECRETS.is_code(PROOF, text) or SECRETS.code(PROOF) in text.replace(" ", "")
