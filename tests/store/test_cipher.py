import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapter.errors import StoreError
from adapter.store.cipher import Cipher, create_keys, load_keys


@pytest.fixture(scope="module")
def cipher(tmp_path_factory: pytest.TempPathFactory) -> Cipher:
    return load_keys(_new_keys(tmp_path_factory.mktemp("keys")))


def _new_keys(folder: Path) -> Path:
    path = folder / "keys.json"
    create_keys(path)
    return path


@pytest.mark.parametrize("text", ["", "Nguyễn Thị Hòa", "84912345678", "x" * 100_000])
def test_what_was_sealed_opens_again(cipher: Cipher, text: str) -> None:
    assert cipher.open("dossiers.code", "7", cipher.seal("dossiers.code", "7", text)).decode() == text


def test_bytes_are_sealed_as_they_are(cipher: Cipher) -> None:
    assert cipher.open("a.b", "1", cipher.seal("a.b", "1", b"\xff\x00")) == b"\xff\x00"


def test_sealing_twice_shows_no_equality_and_no_plain_text(cipher: Cipher) -> None:
    first, second = cipher.seal("a.b", "1", "84912345678"), cipher.seal("a.b", "1", "84912345678")
    assert first != second
    assert b"84912345678" not in first


@pytest.mark.parametrize(("place", "row"), [("a.c", "1"), ("a.b", "2"), ("a", "b|1")])
def test_a_sealed_value_does_not_open_elsewhere(cipher: Cipher, place: str, row: str) -> None:
    blob = cipher.seal("a.b", "1", "secret")
    with pytest.raises(StoreError, match="does not open"):
        cipher.open(place, row, blob)


@given(junk=st.binary(max_size=200))
def test_foreign_bytes_never_open(cipher: Cipher, junk: bytes) -> None:
    with pytest.raises(StoreError, match="does not open"):
        cipher.open("a.b", "1", junk)


def test_every_changed_byte_shows(cipher: Cipher) -> None:
    blob = cipher.seal("a.b", "1", "secret")
    for position in range(len(blob)):
        changed = bytearray(blob)
        changed[position] ^= 1
        with pytest.raises(StoreError):
            cipher.open("a.b", "1", bytes(changed))


def test_other_keys_open_nothing_and_the_error_tells_no_secret(cipher: Cipher, tmp_path: Path) -> None:
    other = load_keys(_new_keys(tmp_path))
    blob = other.seal("a.b", "1", "84912345678")
    with pytest.raises(StoreError) as told:
        cipher.open("a.b", "1", blob)
    assert "keys" in str(told.value)
    assert "84912345678" not in str(told.value)
    assert told.value.__cause__ is None


def test_an_index_is_stable_separated_by_kind_and_by_key(cipher: Cipher, tmp_path: Path) -> None:
    index = cipher.index("phone", "84912345678")
    assert index == cipher.index("phone", "84912345678")
    assert len(index) == 32
    assert set(index) <= set("0123456789abcdef")
    others = {
        cipher.index("code", "84912345678"),
        cipher.index("phone", "84912345679"),
        load_keys(_new_keys(tmp_path)).index("phone", "84912345678"),
    }
    assert index not in others
    assert len(others) == 3


def test_kinds_and_texts_cannot_run_into_one_another(cipher: Cipher) -> None:
    assert cipher.index("ab", "c") != cipher.index("a", "bc")


def test_the_same_file_gives_the_same_keys(tmp_path: Path) -> None:
    path = _new_keys(tmp_path)
    assert load_keys(path).open("a.b", "1", load_keys(path).seal("a.b", "1", "x")) == b"x"
    assert load_keys(path).index("k", "t") == load_keys(path).index("k", "t")


def test_new_keys_are_the_owners_alone_and_replace_nothing(tmp_path: Path) -> None:
    path = _new_keys(tmp_path)
    before = path.read_bytes()
    assert os.name == "nt" or stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(StoreError, match="exists already"):
        create_keys(path)
    assert path.read_bytes() == before


def test_keys_for_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be written"):
        create_keys(tmp_path / "missing" / "keys.json")


@pytest.mark.parametrize(
    ("mode", "fine"), [(0o600, True), (0o400, True), (0o640, True), (0o644, False), (0o660, False)]
)
def test_a_key_file_open_to_others_is_refused(tmp_path: Path, mode: int, *, fine: bool) -> None:
    path = _new_keys(tmp_path)
    path.chmod(mode)
    if fine:
        load_keys(path)
        return
    with pytest.raises(StoreError, match="chmod 600"):
        load_keys(path)


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[]", b'{"seal": 1, "index": 2}', b'{"seal": {"key": []}, "index": {}}', b"\xff\xfe"]
)
def test_a_broken_key_file_is_refused_without_quoting_it(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "keys.json"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(StoreError, match="cannot be used"):
        load_keys(path)


def test_a_missing_key_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"keys\.json cannot be read"):
        load_keys(tmp_path / "keys.json")
