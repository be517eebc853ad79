"""Which records of a page differ from what is remembered, and what changed in each."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from adapter.core import changes, mapping, phones
from adapter.core.obligations import Policy
from adapter.errors import RecordError
from adapter.model import Change, Dossier, DossierId, Noted, Phone, Plan, Record, Remembered, Rulebook
from adapter.ports import Tx

FEW = 10
"""Where not even one record in so many is as remembered, all of the page are read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a page is read with."""

    rulebook: Rulebook
    policy: Policy
    first_message_age: timedelta
    run: str


@dataclass(slots=True)
class Seen:
    """One dossier of the page that differs from what we remember."""

    record: Record
    dossier: Dossier
    old: Dossier | None
    noted: Noted
    change: Change
    plan: Plan = field(init=False)

    @property
    def id(self) -> DossierId:
        """The dossier's pseudonym."""
        return self.noted.remembered.dossier_id


def moved(tx: Tx, records: Sequence[Record], rulebook: Rulebook) -> list[Record]:
    """The records that are not word for word as remembered. The others need no mapping and no write, not even a name.

    Where a page holds several copies of a dossier, one that differs brings all of them: which is the newest, only
    ``differing`` can tell.
    """
    digests = [tx.dossiers.digest(rulebook.source.name, record) for record in records]
    known = tx.dossiers.standing(digests)
    if len(known) * FEW < len(records):
        return list(records)  # nearly all is new: what is not costs less to read along than to tell apart
    news = {mapping.identity(r, rulebook) for r, digest in zip(records, digests, strict=True) if digest not in known}
    if not news:
        return []
    return [
        record
        for record, digest in zip(records, digests, strict=True)
        if digest not in known or mapping.identity(record, rulebook) in news
    ]


def parse(
    records: Sequence[Record], rulebook: Rulebook
) -> tuple[list[tuple[Record, Dossier]], list[tuple[Record, str]]]:
    """Read records through the mapping, before any transaction is open. The second list is what it cannot read."""
    read: list[tuple[Record, Dossier]] = []
    rejected: list[tuple[Record, str]] = []
    for record in records:
        try:
            read.append((record, mapping.read(record, rulebook)))
        except RecordError as error:
            rejected.append((record, str(error)))
    return read, rejected


def differing(tx: Tx, read: Sequence[tuple[Record, Dossier]], reading: Reading) -> list[Seen]:
    """The dossiers of the page that are not as remembered; of several copies of one, the newest."""
    source = reading.rulebook.source.name
    newest: dict[str, tuple[Record, Dossier]] = {}
    for record, dossier in read:
        known = newest.get(dossier.identity)
        if known is None or known[1].as_of <= dossier.as_of:
            newest[dossier.identity] = (record, dossier)
    ids = tx.dossiers.identify(source, list(newest))
    remembered = tx.dossiers.remembered(ids.values())
    seen = []
    for identity, (record, dossier) in newest.items():
        one = _compared(tx, ids[identity], (record, dossier), remembered.get(ids[identity]), reading)
        if one is not None:
            seen.append(one)
    return seen


def _compared(
    tx: Tx, dossier_id: DossierId, read: tuple[Record, Dossier], known: Remembered | None, reading: Reading
) -> Seen | None:
    """None when nothing differs, or when the copy is older than what we know."""
    record, dossier = read
    digest = tx.dossiers.digest(reading.rulebook.source.name, record)
    if known is not None and (known.digest == digest or dossier.as_of < known.as_of or known.record == record):
        return None
    version = known.version + 1 if known else 1
    old = _as_mapped_now(known, dossier, reading.rulebook)
    change = changes.compare(
        old,
        dossier,
        dossier_id=dossier_id,
        version=version,
        now=tx.now,
        first_message_age=reading.first_message_age,
    )
    number = phones.parse(dossier.phones)
    noted = Noted(
        remembered=Remembered(
            dossier_id=dossier_id, record=record, digest=digest, as_of=dossier.as_of, version=version
        ),
        expected=known.version if known else None,
        source=dossier.source,
        code=dossier.code,
        office=dossier.office,
        procedure=dossier.procedure,
        status=dossier.status,
        phone=number.value if isinstance(number, Phone) else "",
    )
    return Seen(record, dossier, old, noted, change)


def _as_mapped_now(known: Remembered | None, new: Dossier, rulebook: Rulebook) -> Dossier | None:
    """The remembered inputs under today's mapping, so that publishing a mapping never invents a change.

    What today's mapping cannot read is taken to be as the new reading: nothing can be said to have changed.
    """
    if known is None:
        return None
    try:
        return mapping.read(known.record, rulebook)
    except RecordError:
        return new


def stands(tx: Tx, record: Record, rulebook: Rulebook) -> bool:
    """Whether a record just looked up is what we remember of its dossier."""
    try:
        dossier = mapping.read(record, rulebook)
    except RecordError:
        return False
    dossier_id = tx.dossiers.identify(dossier.source, [dossier.identity])[dossier.identity]
    known = tx.dossiers.remembered([dossier_id]).get(dossier_id)
    return known is not None and known.record == record
