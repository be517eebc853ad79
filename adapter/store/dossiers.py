"""Dossiers as remembered, and what was read of them (``ports.Dossiers``)."""

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Connection, bindparam, func, select, update

from adapter.errors import StoreError
from adapter.model import Change, DossierId, MappingVersion, Noted, Phone, Record, Remembered, SourceName
from adapter.store.among import among
from adapter.store.bulk import insert_many
from adapter.store.cipher import Cipher
from adapter.store.faults import PassingError
from adapter.store.jsons import canonical, compact, parsed
from adapter.store.schema import changes, dossiers, rejects
from adapter.store.schema.columns import Instant

log = logging.getLogger(__name__)

REPLACED = ("code", "inputs", "digest", "as_of", "version", "office", "procedure", "status", "phone_index", "seen_at")
"""What a newer reading of a dossier replaces; its source and the index of its code never change."""

_STANDING: Final = select(dossiers.c.digest).where(among(dossiers.c.digest, "digests"))
"""This and its neighbours are composed once: for a page of few news that would cost more than running them."""

_REMEMBERED: Final = select(
    dossiers.c.id, dossiers.c.inputs, dossiers.c.digest, dossiers.c.as_of, dossiers.c.version
).where(among(dossiers.c.id, "ids"))

_SEEN_SINCE: Final = select(dossiers.c.id).where(
    among(dossiers.c.id, "ids"), dossiers.c.seen_at >= bindparam("moment", type_=Instant)
)

_SHARING: Final = (
    select(dossiers.c.phone_index, func.count())
    .where(among(dossiers.c.phone_index, "phones"))
    .group_by(dossiers.c.phone_index)
)

_VERSIONS: Final = (
    select(dossiers.c.id, dossiers.c.version)
    .where(among(dossiers.c.id, "ids"))
    .order_by(dossiers.c.id)
    .with_for_update()
)


class SqlDossiers:
    """Dossiers in SQL. Code, inputs and phone are sealed or blind-indexed here and nowhere else."""

    def __init__(self, connection: Connection, cipher: Cipher, now: datetime) -> None:
        self._connection = connection
        self._cipher = cipher
        self._now = now

    def identify(self, source: SourceName, identities: Sequence[str]) -> dict[str, DossierId]:
        """The pseudonym of each identity, computed."""
        return {each: DossierId(self._cipher.index("dossier", f"{source}|{each}")) for each in identities}

    def digest(self, source: SourceName, record: Record) -> str:
        """Keyed digest of a record's wording, else of its inputs, whatever their order."""
        return self._cipher.fingerprint(f"inputs|{source}", record.wording or canonical(dict(record.inputs)))

    def standing(self, digests: Sequence[str]) -> frozenset[str]:
        """Those of these digests that a dossier has: answered by the index alone, no row is looked at."""
        return frozenset(self._connection.execute(_STANDING, {"digests": digests}).scalars().all())

    def remembered(self, ids: Iterable[DossierId]) -> dict[DossierId, Remembered]:
        """What is kept of these."""
        kept: dict[DossierId, Remembered] = {}
        for row in self._connection.execute(_REMEMBERED, {"ids": ids}).all():
            inputs = self._opened(row.id, row.inputs)
            kept[DossierId(row.id)] = Remembered(
                dossier_id=DossierId(row.id),
                record=Record(inputs=inputs),
                digest=row.digest,
                as_of=row.as_of,
                version=row.version,
            )
        return kept

    def seen_since(self, ids: Iterable[DossierId], moment: datetime) -> frozenset[DossierId]:
        """Those written since then."""
        rows = self._connection.execute(_SEEN_SINCE, {"ids": ids, "moment": moment}).scalars()
        return frozenset(map(DossierId, rows))

    def save(self, noted: Sequence[Noted]) -> frozenset[DossierId]:
        """Remember each in place of its expected version; gives the refused.

        The rows are locked in the order of their ids before they are compared, so that two writers cannot wait for
        one another. A dossier may stand in the list several times, each expecting the one before it.
        """
        standing = self._versions(each.remembered.dossier_id for each in noted)
        was_there = frozenset(standing)
        accepted: dict[DossierId, Noted] = {}
        refused: set[DossierId] = set()
        for each in noted:
            dossier = each.remembered.dossier_id
            if standing.get(dossier) == each.expected:
                standing[dossier] = each.remembered.version
                accepted[dossier] = each
            else:
                refused.add(dossier)
        self._replace([self._row(each) for dossier, each in sorted(accepted.items()) if dossier in was_there])
        fresh = [self._row(each) for dossier, each in sorted(accepted.items()) if dossier not in was_there]
        if insert_many(self._connection, dossiers, fresh, keep=True) < len(fresh):
            raise PassingError("somebody else met a new dossier since we looked; the next try sees it")
        return frozenset(refused)

    def sharing(self, phones: Iterable[Phone]) -> dict[Phone, int]:
        """On how many dossiers each number stands; 0 for one never seen."""
        by_index = {self._cipher.index("phone", phone.value): phone for phone in phones}
        shared = dict.fromkeys(by_index.values(), 0)
        for index, count in self._connection.execute(_SHARING, {"phones": by_index}).all():
            shared[by_index[index]] = count
        return shared

    def add_changes(self, changed: Sequence[Change], run: str, mapping: MappingVersion) -> None:
        """Write changes down; one that stands stays."""
        rows = [
            {
                "key": change.key,
                "dossier_id": change.dossier_id,
                "version": change.version,
                "events": ",".join(change.events),
                "from_status": change.from_status,
                "to_status": change.to_status,
                "office": change.office,
                "procedure": change.procedure,
                "happened_at": change.happened_at,
                "seen_at": self._now,
                "run": run,
                "mapping": mapping,
            }
            for change in changed
        ]
        insert_many(self._connection, changes, rows, keep=True)

    def reject(self, source: SourceName, run: str, rejected: Sequence[tuple[Record, str]]) -> None:
        """Keep unreadable records, each once per source."""
        rows = []
        for record, reason in rejected:
            text = compact(dict(record.inputs))
            digest = self._cipher.index("reject", self.digest(source, record))
            rows.append(
                {
                    "digest": digest,
                    "source": source,
                    "run": run,
                    "inputs": self._cipher.seal("rejects.inputs", digest, text),
                    "reason": reason,
                    "seen_at": self._now,
                }
            )
        insert_many(self._connection, rejects, rows, keep=True)

    def _opened(self, dossier: str, sealed: bytes) -> dict[str, str]:
        """What was read of a dossier; nothing where it does not open: the reading at hand then takes its place."""
        try:
            inputs: dict[str, str] = parsed(self._cipher.open("dossiers.inputs", dossier, sealed))
        except StoreError:
            log.error("dossier.unreadable", extra={"dossier": dossier})
            return {}
        return inputs

    def _versions(self, ids: Iterable[DossierId]) -> dict[DossierId, int]:
        return {DossierId(row.id): row.version for row in self._connection.execute(_VERSIONS, {"ids": set(ids)}).all()}

    def _replace(self, rows: Sequence[dict[str, object]]) -> None:
        if rows:
            named: dict[str, ColumnElement[object]] = {column: bindparam(column) for column in REPLACED}
            self._connection.execute(
                update(dossiers).where(dossiers.c.id == bindparam("row_id")).values(named),
                [{"row_id": row["id"], **{column: row[column] for column in REPLACED}} for row in rows],
            )

    def _row(self, noted: Noted) -> dict[str, object]:
        kept = noted.remembered
        dossier = kept.dossier_id
        return {
            "id": dossier,
            "source": noted.source,
            "code": self._cipher.seal("dossiers.code", dossier, noted.code),
            "code_index": self._cipher.index("code", noted.code),
            "inputs": self._cipher.seal("dossiers.inputs", dossier, compact(dict(kept.record.inputs))),
            "digest": kept.digest,
            "as_of": kept.as_of,
            "version": kept.version,
            "office": noted.office,
            "procedure": noted.procedure,
            "status": noted.status,
            "phone_index": self._cipher.index("phone", noted.phone) if noted.phone else "",
            "seen_at": self._now,
        }
