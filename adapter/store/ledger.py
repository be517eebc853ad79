"""The ledger (``ports.Ledger``): entries written with the act, sealed later, personal fields kept apart.

An entry's body is canonical JSON (RFC 8785)::

    {"at": "2026-11-23T13:05:00.123Z", "kind": "…", …facts…, "personal": {"name": "<commitment>", …}}

A commitment is the hex SHA-256 of salt, name and value, each as UTF-8 (the salt as its 16 bytes) behind its length in
four bytes, big end first. Salts and values stand in ``disclosures``, sealed; when retention deletes them there, the
entry still verifies and tells nothing.
"""

import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, delete, exists, func, select
from sqlalchemy.exc import IntegrityError

from adapter.errors import StoreError
from adapter.model import Act, Entry, EntryId, Seal
from adapter.store.among import among
from adapter.store.bulk import insert_many
from adapter.store.cipher import Cipher
from adapter.store.entry_ids import entry_id
from adapter.store.jsons import canonical, compact, is_plain
from adapter.store.schema import disclosures, entries, seals, unsealed

SALT_BYTES = 16

EXACT = 2**53
"""From here on JSON numbers are not exact everywhere (RFC 8785 3.2.2.3), so whole numbers become text."""

_OURS = frozenset({"at", "kind", "personal"})


class SqlLedger:
    """Append-only: the tables' triggers refuse every change of an entry or a seal."""

    def __init__(self, connection: Connection, cipher: Cipher, now: datetime) -> None:
        self._connection = connection
        self._cipher = cipher
        self._now = now
        self._written = 0

    def write(self, acts: Sequence[Act]) -> None:
        """Write acts down, in their order, at the transaction's time.

        Whole numbers of 2^53 and more become text, times ISO 8601 in UTC. Raises ValueError for a fact that JSON has
        no word for, or that is named ``at``, ``kind`` or ``personal``.
        """
        if not acts:
            return
        written, opened, at = [], [], _iso(self._now)
        for act in acts:
            id_ = entry_id(self._now, self._written)
            self._written += 1
            salted = {name: (secrets.token_bytes(SALT_BYTES), value) for name, value in act.personal.items()}
            written.append({"id": id_, "at": self._now, "kind": act.kind, "body": _body(act, salted, at)})
            if salted:
                opened.append({"entry_id": id_, "fields": self._seal_away(id_, salted)})
        insert_many(self._connection, entries, written)
        insert_many(self._connection, unsealed, [{"entry_id": entry["id"]} for entry in written])
        insert_many(self._connection, disclosures, opened)

    def unsealed(self, limit: int) -> list[Entry]:
        """Entries without a place yet, oldest first."""
        waiting = entries.join(unsealed, unsealed.c.entry_id == entries.c.id)
        rows = self._connection.execute(
            select(*entries.c).select_from(waiting).order_by(unsealed.c.entry_id).limit(limit)
        )
        return [_entry(row.id, row.at, row.kind, row.body) for row in rows]

    def seal(self, given: Sequence[Seal]) -> None:
        """Give entries their place and take them off the queue. Raises StoreError when place or entry is taken."""
        if not given:
            return
        places = [{"seq": seal.seq, "entry_id": seal.entry, "leaf": seal.leaf} for seal in given]
        try:
            insert_many(self._connection, seals, places)
        except IntegrityError:
            raise StoreError("the ledger gave a place, or an entry its seal, before: another sequencer?") from None
        self._connection.execute(delete(unsealed).where(among(unsealed.c.entry_id, [seal.entry for seal in given])))

    def head(self) -> int:
        """The highest place given; 0 when none."""
        return self._connection.execute(select(func.max(seals.c.seq))).scalar_one() or 0

    def sealed(self, after: int, limit: int) -> list[tuple[Seal, Entry | None]]:
        """Seals after a place, in order, with their entries; None where the entry's row is gone."""
        rows = self._connection.execute(
            select(*seals.c, *entries.c)
            .select_from(seals.outerjoin(entries, entries.c.id == seals.c.entry_id))
            .where(seals.c.seq > after)
            .order_by(seals.c.seq)
            .limit(limit)
        )
        return [
            (
                Seal(seq=row.seq, entry=EntryId(row.entry_id), leaf=row.leaf),
                None if row.id is None else _entry(row.id, row.at, row.kind, row.body),
            )
            for row in rows
        ]

    def entries(self, kinds: Sequence[str], after: EntryId, limit: int) -> list[Entry]:
        """Entries of these kinds (none named: of all) after an id, in order of id, sealed or not."""
        wanted = select(*entries.c).where(entries.c.id > after).order_by(entries.c.id).limit(limit)
        if kinds:
            wanted = wanted.where(entries.c.kind.in_(kinds))
        return [_entry(row.id, row.at, row.kind, row.body) for row in self._connection.execute(wanted)]

    def strays(self, before: datetime, limit: int) -> list[EntryId]:
        """Entries written before a time that stand neither sealed nor in the queue, in order of id."""
        found = self._connection.execute(
            select(entries.c.id)
            .where(
                entries.c.at < before,
                ~exists().where(seals.c.entry_id == entries.c.id),
                ~exists().where(unsealed.c.entry_id == entries.c.id),
            )
            .order_by(entries.c.id)
            .limit(limit)
        ).scalars()
        return [EntryId(id_) for id_ in found]

    def _seal_away(self, id_: str, salted: Mapping[str, tuple[bytes, str]]) -> bytes:
        opened = {name: [salt.hex(), value] for name, (salt, value) in salted.items()}
        return self._cipher.seal("disclosures.fields", id_, compact(opened))


def commitment(salt: bytes, name: str, value: str) -> str:
    """Hex SHA-256 that binds to a name and value and, without the salt, tells nothing of them."""
    framed = b"".join(len(part).to_bytes(4, "big") + part for part in (salt, name.encode(), value.encode()))
    return sha256(framed).hexdigest()


def _body(act: Act, salted: Mapping[str, tuple[bytes, str]], at: str) -> bytes:
    if clash := _OURS & act.facts.keys():
        raise ValueError(f"facts of {act.kind} may not be named {sorted(clash)}")
    facts = act.facts if is_plain(act.facts) else _json(act.facts)
    personal = {name: commitment(salt, name, value) for name, (salt, value) in salted.items()}
    return canonical({**facts, "at": at, "kind": act.kind, "personal": personal})


def _json(value: Any) -> Any:
    """A fact in words that JSON has; what it has none for is left for the writer of canonical JSON to refuse."""
    match value:
        case str():  # nearly all of them
            return value
        case int() if abs(value) >= EXACT:
            return str(int(value))
        case datetime():
            return _iso(value)
        case Mapping():
            return {str(name): _json(inner) for name, inner in value.items()}
        case list() | tuple():
            return [_json(inner) for inner in value]
        case _:
            return value


def _iso(moment: datetime) -> str:
    if moment.tzinfo is None:
        raise ValueError("a naive time cannot stand in the ledger")
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _entry(id_: str, at: datetime, kind: str, body: bytes) -> Entry:
    return Entry(id=EntryId(id_), at=at, kind=kind, body=body)
