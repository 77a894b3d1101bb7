"""Sealed values open with their key and in their place, and nowhere else."""

import base64
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from argus.kernel.crypto import Keyring, MasterKeyInvalid, UnsealFailed, load_keyring
from argus.kernel.settings import KernelSettings

OLD, NEW = bytes(32), bytes([1] * 32)


@given(st.binary(max_size=200), st.text(max_size=50))
def test_what_is_sealed_opens_again(secret: bytes, context: str) -> None:
    keyring = Keyring([OLD])
    sealed = keyring.seal(secret, context)
    assert keyring.open(sealed, context) == secret
    assert len(sealed) > len(secret)


def test_the_same_secret_is_never_sealed_the_same_way() -> None:
    keyring = Keyring([OLD])
    assert keyring.seal(b"secret", "c") != keyring.seal(b"secret", "c")


def test_a_sealed_value_does_not_open_elsewhere() -> None:
    keyring = Keyring([OLD])
    with pytest.raises(UnsealFailed):
        keyring.open(keyring.seal(b"secret", "table.column:1"), "table.column:2")


def test_a_sealed_value_does_not_open_with_another_key() -> None:
    with pytest.raises(UnsealFailed):
        Keyring([NEW]).open(Keyring([OLD]).seal(b"secret", "c"), "c")


@given(st.integers(0, 38), st.integers(1, 255))
def test_a_changed_byte_is_noticed(position: int, change: int) -> None:
    keyring = Keyring([OLD])
    sealed = bytearray(keyring.seal(b"secret", "c"))
    assert len(sealed) == 39
    sealed[position] ^= change
    with pytest.raises(UnsealFailed):
        keyring.open(bytes(sealed), "c")


@given(st.binary(max_size=60))
def test_nonsense_does_not_open(sealed: bytes) -> None:
    with pytest.raises(UnsealFailed):
        Keyring([OLD]).open(sealed, "c")


def test_after_a_rotation_old_values_open_and_new_ones_need_the_new_key() -> None:
    before, after = Keyring([OLD]), Keyring([NEW, OLD])
    assert after.open(before.seal(b"secret", "c"), "c") == b"secret"
    with pytest.raises(UnsealFailed):
        before.open(after.seal(b"secret", "c"), "c")
    assert after.derive("purpose") == Keyring([NEW]).derive("purpose")


def test_each_purpose_has_a_key_of_its_own() -> None:
    keyring = Keyring([NEW, OLD])
    assert keyring.derive("one") != keyring.derive("two")
    assert list(keyring.derive_all("one").values()) == [
        Keyring([NEW]).derive("one"),
        Keyring([OLD]).derive("one"),
    ]


def settings(home: Path, key: str | None = None) -> KernelSettings:
    return KernelSettings(home=home, master_key=None if key is None else SecretStr(key))


def test_without_a_configured_key_one_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    first, second = (load_keyring(settings(tmp_path / "home")) for _ in range(2))
    assert second.open(first.seal(b"secret", "c"), "c") == b"secret"
    assert stat.S_IMODE((tmp_path / "home/master.key").stat().st_mode) == 0o600


def test_several_keys_are_read_newest_first(tmp_path: Path) -> None:
    text = ",".join(base64.b64encode(key).decode() for key in (NEW, OLD))
    keyring = load_keyring(settings(tmp_path, text))
    assert keyring.open(Keyring([OLD]).seal(b"secret", "c"), "c") == b"secret"
    assert not (tmp_path / "master.key").exists()


@pytest.mark.parametrize("key", ["", "short", base64.b64encode(bytes(31)).decode(), "!" * 44, ","])
def test_what_is_no_key_is_refused(tmp_path: Path, key: str) -> None:
    with pytest.raises(MasterKeyInvalid):
        load_keyring(settings(tmp_path, key))
