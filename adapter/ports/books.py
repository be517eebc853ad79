"""Gateways of what was read and what was written down."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from adapter.model import (
    Act,
    AlarmState,
    Change,
    DossierId,
    Entry,
    EntryId,
    Interval,
    MappingVersion,
    Noted,
    Phone,
    Raised,
    Record,
    Remembered,
    Run,
    Seal,
    SourceName,
    Telling,
    TokenPair,
)


class Dossiers(Protocol):
    """What we remember of dossiers. Codes, inputs and phones are stored encrypted, found by blind index."""

    def identify(self, source: SourceName, identities: Sequence[str]) -> dict[str, DossierId]:
        """The pseudonym of each identity. Computed, not looked up: it exists before the dossier is stored."""

    def digest(self, source: SourceName, record: Record) -> str:
        """A keyed digest of a source's record: equal digest, equal inputs. It tells nothing without the key.

        The same inputs in another wording (a namespace prefix, a blank between elements) have another digest.
        """

    def standing(self, digests: Sequence[str]) -> frozenset[str]:
        """Those of these digests that a dossier has as it is remembered. Opens nothing."""

    def remembered(self, ids: Iterable[DossierId]) -> dict[DossierId, Remembered]:
        """What is kept of these; ids never seen are absent. What does not open with our keys has no inputs."""

    def seen_since(self, ids: Iterable[DossierId], moment: datetime) -> frozenset[DossierId]:
        """Those of these that were read in another wording since then."""

    def save(self, noted: Sequence[Noted]) -> frozenset[DossierId]:
        """Remember these, each only in place of its ``expected`` version; gives the ids that were refused."""

    def sharing(self, phones: Iterable[Phone]) -> dict[Phone, int]:
        """On how many dossiers each number stands."""

    def add_changes(self, changes: Sequence[Change], run: str, mapping: MappingVersion) -> None:
        """Write changes down; one that stands already is left as it is."""

    def reject(self, source: SourceName, run: str, rejected: Sequence[tuple[Record, str]]) -> None:
        """Keep records that the mapping cannot read, with the reason; the same record is kept once."""


class Runs(Protocol):
    """Readings of sources and the span they cover."""

    def begin(self, run: Run, partition: str) -> None:
        """Write the run down as open, and cut what an earlier process left open for this source and partition."""

    def finish(self, run: Run) -> None:
        """Write down how it ended."""

    def covered(self, source: SourceName, partition: str) -> list[Interval]:
        """The closed intervals, in order, merged where they touch."""

    def cover(self, source: SourceName, partition: str, interval: Interval) -> None:
        """Close an interval."""

    def read_since(self, source: SourceName, partition: str, moment: datetime) -> bool:
        """Whether a run that began after a moment has read, to its end, a window that holds this moment."""

    def recent(self, limit: int) -> list[Run]:
        """The newest runs, newest first."""


class Ledger(Protocol):
    """Append-only. Entries come with the act; the sequencer gives them their place afterwards."""

    def write(self, acts: Sequence[Act]) -> None:
        """Write acts down in this transaction. Personal fields become salted commitments."""

    def unsealed(self, limit: int) -> list[Entry]:
        """Entries without a place yet, oldest first."""

    def seal(self, seals: Sequence[Seal]) -> None:
        """Give entries their place. Raises StoreError when a place is taken."""

    def head(self) -> int:
        """The highest place given; 0 when none."""

    def sealed(self, after: int, limit: int) -> list[tuple[Seal, Entry | None]]:
        """Seals after a place, in order, with their entries; None where the entry's row is gone."""

    def entries(self, kinds: Sequence[str], after: EntryId, limit: int) -> list[Entry]:
        """Entries of these kinds in order of id, sealed or not."""

    def strays(self, before: datetime, limit: int) -> list[EntryId]:
        """Entries written before a time that stand neither sealed nor in the queue for it: somebody interfered."""


class Vault(Protocol):
    """The token pair, encrypted. One row per app."""

    def load(self, app: str) -> TokenPair | None:
        """The pair, or None when none was ever given."""

    def save(self, app: str, pair: TokenPair, expected_generation: int | None) -> bool:
        """Store a pair in place of the expected generation (None: the first); False when another stands there."""


class Mappings(Protocol):
    """Mapping versions that were ever live."""

    def keep(self, name: str, version: MappingVersion, files: Mapping[str, str]) -> bool:
        """Keep a version as the latest good one of its set; False when it was the latest already."""

    def latest(self, name: str) -> Mapping[str, str] | None:
        """The files of the last good version of a set."""

    def files(self, version: MappingVersion) -> Mapping[str, str] | None:
        """The files of one version."""


class Alarms(Protocol):
    """Alarms that stand, so that one is raised once and seen until it is over; and which outlet was told of which."""

    def raise_once(self, key: str, sentence: str) -> bool:
        """Note an alarm; True when it did not stand before."""

    def clear(self, key: str) -> bool:
        """Note that it is over; True when it stood."""

    def standing(self) -> list[Raised]:
        """The alarms that stand, oldest first."""

    def owe(self, key: str, state: AlarmState, sentence: str, outlets: Iterable[str], due_at: datetime) -> None:
        """Note that these outlets are to be told of an alarm, by whoever comes when it is due, and by nobody before.

        In the place of whatever was noted of these outlets and this alarm.
        """

    def owed(self, outlets: Iterable[str], given_up: datetime) -> list[Telling]:
        """What these outlets are to be told by now, longest due first; forgets ends due before ``given_up``."""

    def untold(self) -> list[Telling]:
        """All that somebody is still to be told, by key and outlet."""

    def put_off(self, telling: Telling, due_at: datetime) -> bool:
        """Count one more try, the next one due then; False when it was told, is over, or another process tries."""

    def told(self, key: str, state: AlarmState, outlets: Iterable[str]) -> None:
        """Note that these outlets were told; what they were not to be told is left as it is."""

    def heard(self, key: str) -> frozenset[str]:
        """The outlets that know that an alarm stands."""

    def forget(self, key: str) -> None:
        """Forget who knows that an alarm stands, and who was still to be told so."""
