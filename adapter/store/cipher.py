"""Personal columns at rest: sealing bound to a place, and blind indexes, by Google's tink.

Sealed: AES-256-GCM with the associated data ``table.column|row id``, so that a ciphertext copied into another row or
column does not open. Blind index: HMAC-SHA256, cut to 128 bits, separated by kind, so that equal values are found
without being shown. The keys live in a file outside the database. Tink frames every ciphertext with the id of its
key, so that a keyset may hold older keys beside the primary one; the index keyset must never change its primary, or
nothing would be found again. Each call costs about two microseconds (speed.md 7); the primitives are made once.
"""

import json
import os
import stat
from collections.abc import Callable
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

import tink
from tink import aead, json_proto_keyset_format, prf, secret_key_access

from adapter.errors import KeysError, StoreError

INDEX_BYTES = 16
"""128 bits: no two of a province's values meet by chance."""

_PUT_BACK = "put back the keys.json kept with this database, readable for us; make no new ones, they open nothing"


class Cipher:
    """Seals, opens and indexes. Safe to share between threads. Never prints keys or plain text."""

    def __init__(self, sealing: aead.Aead, indexing: prf.Prf) -> None:
        # Tink ships no types; these are the promises of its classes Aead and Prf.
        self._seal: Callable[[bytes, bytes], bytes] = sealing.encrypt
        self._open: Callable[[bytes, bytes], bytes] = sealing.decrypt
        self._compute: Callable[[bytes, int], bytes] = indexing.compute
        # A page asks for the index of the same number or code several times over.
        self.index = lru_cache(maxsize=4096)(self._index)

    def seal(self, place: str, row: str, text: str | bytes) -> bytes:
        """Encrypt for one place (``table.column``) and one row (its primary key). Text becomes UTF-8."""
        plain = text.encode() if isinstance(text, str) else text
        return self._seal(plain, f"{place}|{row}".encode())

    def open(self, place: str, row: str, blob: bytes) -> bytes:
        """What was sealed for this place and row. Raises StoreError for another key, another place, a changed byte."""
        try:
            return self._open(blob, f"{place}|{row}".encode())
        except tink.TinkError:
            raise StoreError(
                f"{place}: a value does not open with the present keys (other keys, or the row was tampered with)"
            ) from None

    def fingerprint(self, kind: str, content: bytes) -> str:
        """As ``index``, for something long that is not asked for again soon."""
        return self._compute(f"{kind}\0".encode() + sha256(content).digest(), INDEX_BYTES).hex()

    def _index(self, kind: str, text: str) -> str:
        """32 hex digits: the same for the same kind and text, and no clue to either without the key."""
        return self._compute(f"{kind}\0{text}".encode(), INDEX_BYTES).hex()


def load_keys(path: Path) -> Cipher:
    """The cipher of a key file. Raises KeysError when it is missing, broken or open to others."""
    _refuse_open_file(path)
    try:
        keysets = json.loads(path.read_text(encoding="utf-8"))
        aead.register()
        prf.register()
        sealing = _keyset(keysets["seal"]).primitive(aead.Aead)
        indexing = _keyset(keysets["index"]).primitive(prf.PrfSet).primary()
    except (OSError, ValueError, KeyError, TypeError, tink.TinkError) as error:
        # The text of a parser's error may quote the file, so only its class is told.
        raise KeysError(f"the key file {path} cannot be used ({type(error).__name__}); {_PUT_BACK}") from None
    return Cipher(sealing, indexing)


def create_keys(path: Path) -> None:
    """Write new keys into a new file only its owner may read. Raises StoreError rather than replace one."""
    aead.register()
    prf.register()
    keysets = {
        "seal": _new_keyset(aead.aead_key_templates.AES256_GCM),
        "index": _new_keyset(prf.prf_key_templates.HMAC_SHA256),
    }
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise StoreError(f"the key file {path} exists already; without it nothing sealed can be read again") from None
    except OSError as error:
        raise StoreError(f"the key file {path} cannot be written ({type(error).__name__})") from None
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(keysets, file, indent=1)
        file.flush()
        os.fsync(file.fileno())


def _refuse_open_file(path: Path) -> None:
    """Group reading is allowed: it is how root hands a key to a service user (and systemd its credentials)."""
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise KeysError(f"the key file {path} cannot be read ({type(error).__name__}); {_PUT_BACK}") from None
    if os.name != "nt" and mode & (stat.S_IRWXO | stat.S_IWGRP):
        raise KeysError(f"the key file {path} is open to other users of this machine; run: chmod 600 {path}")


def _keyset(stored: object) -> tink.KeysetHandle:
    return json_proto_keyset_format.parse(json.dumps(stored), secret_key_access.TOKEN)


def _new_keyset(template: object) -> object:
    handle = tink.new_keyset_handle(template)
    return json.loads(json_proto_keyset_format.serialize(handle, secret_key_access.TOKEN))
