"""What is encrypted is decrypted for its place and by its key, and in no other case; the file is followed."""

from __future__ import annotations

import logging
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldenthread.contracts.secret import Secret
from goldenthread.runtime.keys.key_file import EncryptionKey, KeyProblem, file_text, new_key
from goldenthread.runtime.keys.keyring import CannotDecrypt, EncryptedSecret, Keyring, SecretPlace

PURPOSES = ("webhooks", "cookies")
NOW = datetime(2026, 11, 30, tzinfo=UTC)
OLD, NEW, COOKIES = new_key("webhooks", NOW), new_key("webhooks", NOW), new_key("cookies", NOW)
PLACE = SecretPlace("webhooks", "org_1", "webhook_1")
TEXT = Secret("whsec_swordfish")
texts = st.text(st.characters(exclude_categories=["Cs"]))
places = st.builds(SecretPlace, st.sampled_from(PURPOSES), texts, texts)


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def ring(*keys: EncryptionKey, file: Path | None = None, clock: Clock | None = None) -> Keyring:
    with tempfile.TemporaryDirectory() as folder:
        path = file or Path(folder) / "keys.json"
        path.write_text(file_text(keys))
        return Keyring(str(path), {each.purpose for each in keys}, clock or Clock())


RING = ring(NEW, OLD, COOKIES)


@given(places, texts)
def test_a_secret_is_read_where_it_was_written(place: SecretPlace, text: str) -> None:
    stored = RING.encrypt(place, Secret(text))
    assert RING.decrypt(place, stored) == Secret(text)
    assert len(text) < 4 or text.encode() not in stored.data


@given(places, places, texts)
def test_a_secret_is_read_in_no_other_organization_object_or_purpose(
    place: SecretPlace, other: SecretPlace, text: str
) -> None:
    stored = RING.encrypt(place, Secret(text))
    if place != other:
        with pytest.raises(CannotDecrypt):
            RING.decrypt(other, stored)


@pytest.mark.parametrize(
    "other",
    [
        SecretPlace("webhooks", "org_2", "webhook_1"),
        SecretPlace("webhooks", "org_1", "webhook_2"),
        SecretPlace("cookies", "org_1", "webhook_1"),
        SecretPlace("webhooks", "org_1webhook", "_1"),
        SecretPlace("webhooks", "webhook_1", "org_1"),
    ],
)
def test_a_row_that_was_copied_elsewhere_is_not_read_there(other: SecretPlace) -> None:
    with pytest.raises(CannotDecrypt):
        RING.decrypt(other, RING.encrypt(PLACE, TEXT))


@given(st.data())
def test_one_flipped_bit_anywhere_is_noticed(data: st.DataObject) -> None:
    stored = RING.encrypt(PLACE, TEXT)
    place = data.draw(st.integers(0, 8 * len(stored.data) - 1))
    flipped = bytearray(stored.data)
    flipped[place // 8] ^= 1 << place % 8
    with pytest.raises(CannotDecrypt) as raised:
        RING.decrypt(PLACE, EncryptedSecret(stored.kid, bytes(flipped)))
    assert "swordfish" not in str(raised.value)


@given(st.integers(0, 60))
def test_what_was_cut_off_is_not_read(length: int) -> None:
    stored = RING.encrypt(PLACE, TEXT)
    if length < len(stored.data):
        with pytest.raises(CannotDecrypt):
            RING.decrypt(PLACE, EncryptedSecret(stored.kid, stored.data[:length]))


def test_another_key_id_does_not_read_it_and_is_named() -> None:
    stored = RING.encrypt(PLACE, TEXT)
    assert stored.kid == NEW.kid
    with pytest.raises(CannotDecrypt, match=OLD.kid):
        RING.decrypt(PLACE, EncryptedSecret(OLD.kid, stored.data))
    with pytest.raises(CannotDecrypt, match="the key lost is not in the key file"):
        RING.decrypt(PLACE, EncryptedSecret("lost", stored.data))
    with pytest.raises(CannotDecrypt, match=f"the key {COOKIES.kid} is not in the key file"):
        RING.decrypt(PLACE, EncryptedSecret(COOKIES.kid, stored.data))


def test_the_first_key_of_a_purpose_encrypts_and_all_of_it_decrypt() -> None:
    before, after = ring(OLD, NEW), ring(COOKIES, NEW, OLD)
    stored = before.encrypt(PLACE, TEXT)
    assert (stored.kid, after.decrypt(PLACE, stored)) == (OLD.kid, TEXT)
    assert after.encrypt(PLACE, TEXT).kid == NEW.kid
    assert (after.first("webhooks"), after.kids("webhooks")) == (NEW.kid, [NEW.kid, OLD.kid])
    with pytest.raises(CannotDecrypt):
        ring(NEW).decrypt(PLACE, stored)


def test_the_same_text_is_never_stored_the_same() -> None:
    assert len({RING.encrypt(PLACE, TEXT).data for _ in range(100)}) == 100


def test_a_changed_file_is_read_within_a_second_and_no_sooner(tmp_path: Path) -> None:
    clock, file = Clock(), tmp_path / "keys.json"
    keys = ring(OLD, file=file, clock=clock)
    file.write_text(file_text([NEW, OLD]))
    assert keys.first("webhooks") == OLD.kid
    clock.now = 1.0
    assert keys.first("webhooks") == NEW.kid
    file.write_text(file_text([NEW]))
    clock.now = 2.0
    assert keys.kids("webhooks") == [NEW.kid]
    assert keys.problem() is None


@pytest.mark.parametrize("broken", ["", "{", '{"keys": []}', file_text([COOKIES])])
def test_a_broken_file_keeps_the_last_good_keys_and_says_so_once_until_it_is_mended(
    tmp_path: Path, broken: str, caplog: pytest.LogCaptureFixture
) -> None:
    clock, file = Clock(), tmp_path / "keys.json"
    keys = ring(OLD, file=file, clock=clock)
    stored = keys.encrypt(PLACE, TEXT)
    file.write_text(broken)
    with caplog.at_level(logging.INFO):
        for second in range(1, 4):
            clock.now = float(second)
            assert keys.decrypt(PLACE, stored) == TEXT
            assert str(file) in str(keys.problem())
        assert [each.levelname for each in caplog.records] == ["ERROR"]
        assert "the keys that were read last are used" in caplog.text
        file.write_text(file_text([NEW, OLD]))
        clock.now = 4.0
        assert (keys.problem(), keys.first("webhooks")) == (None, NEW.kid)
    assert not any(each.secret.reveal() in caplog.text for each in (OLD, NEW))


def test_a_file_that_cannot_be_used_at_the_start_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(KeyProblem):
        Keyring(str(tmp_path / "none.json"), ["webhooks"])
    (tmp_path / "keys.json").write_text(file_text([COOKIES]))
    with pytest.raises(KeyProblem, match="no key of the purpose webhooks"):
        Keyring(str(tmp_path / "keys.json"), ["webhooks"])
