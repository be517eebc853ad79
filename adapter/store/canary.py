"""Whether the keys are the ones a database was made with. A wrong keys.json would poison it.

Nothing remembered would be found by another index key: every dossier would seem new and its citizen be told again, and
what is sealed meanwhile could not be opened after the right keys are back. So a known word stands in the database,
sealed, with its blind index; it is bound when the tables are made or brought up to date (``migrate``), and looked at
before anything else whenever the database is opened. A database that holds data and no canary yet (made by a version
without it) is judged by some of that data.
"""

from pathlib import Path

from sqlalchemy import Connection, insert, literal, select

from adapter.errors import KeysError, StoreError
from adapter.store.cipher import Cipher
from adapter.store.schema import canaries, disclosures, dossiers, recipients, tokens

NAME = "keys"
WORD = "chim hoàng yến"

SAMPLE = 5
"""Rows of a table that are tried before its data is called foreign: one of them may be damaged."""

_NOTHING = literal("")
_DATA = (
    (dossiers.c.seen_at, dossiers.c.id, dossiers.c.code, "code", dossiers.c.code_index),
    (recipients.c.created_at, recipients.c.id, recipients.c.uid, "uid", recipients.c.uid_index),
    (disclosures.c.entry_id, disclosures.c.entry_id, disclosures.c.fields, "", _NOTHING),
    (tokens.c.issued_at, tokens.c.app, tokens.c.access, "", _NOTHING),
)
"""Sealed data, what tells most first: its age, the row's name, the sealed value, the kind and value of its index."""


def require(connection: Connection, cipher: Cipher, path: Path) -> None:
    """Raise KeysError, saying what to do, unless what is in the database was made with these keys. Reads only.

    ``path`` is where the keys came from, for the sentence. A database in which nothing is sealed takes any keys.
    """
    row = connection.execute(select(canaries).where(canaries.c.name == NAME)).one_or_none()
    if row is None:
        fits = _data_fits(connection, cipher)
    else:
        fits = _opens(cipher, "canaries.word", NAME, row.word, ("canary", row.word_index))
    if not fits:
        raise KeysError(
            f"the keys in {path} are not the ones this database was made with; nothing was read or written. Put the "
            "keys.json that was backed up with this database in their place; a second machine on one PostgreSQL needs "
            "a copy of the first one's keys.json"
        )


def bind(connection: Connection, cipher: Cipher, path: Path) -> None:
    """Bind a database to these keys, once and for all; nothing to do is no fault. Raises KeysError as ``require``."""
    require(connection, cipher, path)
    if connection.execute(select(canaries.c.name).where(canaries.c.name == NAME)).one_or_none() is None:
        word, index = cipher.seal("canaries.word", NAME, WORD), cipher.index("canary", WORD)
        connection.execute(insert(canaries).values(name=NAME, word=word, word_index=index))


def _data_fits(connection: Connection, cipher: Cipher) -> bool:
    """Whether some of the oldest sealed data opens: it was there before any keys were mistaken. True without data."""
    for age, name, sealed, kind, index in _DATA:
        place = f"{sealed.table.name}.{sealed.name}"
        rows = connection.execute(select(name, sealed, index).order_by(age).limit(SAMPLE)).all()
        if rows:
            return any(_opens(cipher, place, row, value, (kind, found_by)) for row, value, found_by in rows)
    return True


def _opens(cipher: Cipher, place: str, row: str, sealed: bytes, index: tuple[str, str]) -> bool:
    """Whether a sealed value opens and, where its index has a kind, these keys compute the same one for it."""
    kind, found_by = index
    try:
        plain = cipher.open(place, row, sealed)
    except StoreError:
        return False
    return not kind or cipher.index(kind, plain.decode()) == found_by
