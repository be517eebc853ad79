"""The demo's closing sheet: the books held against the ledger, against Zalo's own journal, and against the one-stop."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import click

from adapter.cli.demo_town import Town
from adapter.cli.demo_watch import ACCEPTED, tracked
from adapter.cli.words import BUCKETS, SKIPS
from adapter.core import mapping
from adapter.core.balance import Sheet
from adapter.model import Bucket, Channel, Delivery, DeliveryState, Filter, Record, Rulebook, SkipReason
from adapter.ports import Store, Tx
from adapter.simulators.onestop import records
from adapter.steps import audit
from adapter.steps.audit import Verdict
from adapter.steps.differing import stands

_ALL = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Witnesses:
    """What the two simulators say, asked after the daemon had ended."""

    journal: Sequence[Mapping[str, Any]]  #: Zalo: every message accepted
    moments: Sequence[Mapping[str, Any]]  #: the one-stop: every version of every dossier


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Our told and unknown messages held against Zalo's journal."""

    accepted: int  #: lines of the journal
    told: int
    unknown: int  #: unknown to us, but in the journal
    without_proof: int  #: told by our books, but not in the journal
    strays: int  #: in the journal, but no told or unknown message of ours
    twice: int  #: obligations with more than one line

    @property
    def holds(self) -> bool:
        """Whether every line has its message and every message its line."""
        return not (self.without_proof or self.strays or self.twice) and self.accepted == self.told + self.unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """The whole sheet."""

    sheet: Sheet
    verdict: Verdict
    told: Told
    dossiers: int
    as_seen: int  #: dossiers whose last version is the one the program remembers
    frozen: bool  #: the one-stop stood still long enough for the program to see everything
    clean: bool  #: the daemon ended by itself, without an error

    @property
    def seen(self) -> bool:
        """Whether every last version was seen, as far as there was time to."""
        return self.as_seen == self.dossiers or not self.frozen

    @property
    def holds(self) -> bool:
        """Whether everything balances."""
        ledger = self.verdict.whole and not self.verdict.unsealed
        return not self.sheet.remainder and ledger and self.told.holds and self.seen and self.clean


def ask(town: Town) -> Witnesses:
    """Ask both simulators for the whole truth. Raises OSError."""
    return Witnesses(
        journal=town.zalo.get("/_control/journal"),
        moments=town.onestop.lines("/_control/timeline?fields=1"),
    )


def close(store: Store, town: Town, witnesses: Witnesses, *, frozen: bool, clean: bool) -> Closing:
    """Make the sheet. Reads only."""
    last = last_versions(witnesses.moments, town.rulebook)
    return Closing(
        sheet=audit.balance(store, None),
        verdict=audit.verify(store),
        told=compare(store.read(_accepted), witnesses.journal),
        dossiers=len(last),
        as_seen=store.read(lambda tx: _as_seen(tx, last, town.rulebook)),
        frozen=frozen,
        clean=clean,
    )


def _accepted(tx: Tx) -> list[Delivery]:
    return tx.outbox.find(Filter(states=ACCEPTED, limit=_ALL))


def compare(deliveries: Sequence[Delivery], journal: Sequence[Mapping[str, Any]]) -> Told:
    """Pair each line of the journal with a message: by Zalo's reference, else by our tracking id.

    A message by uid carries no tracking id, so one whose answer was lost has nothing to pair it by: such lines are
    explained by as many unknown messages on that channel, and are strays beyond that.
    """
    told = {one.reference: one.id for one in deliveries if one.standing.state is not DeliveryState.UNKNOWN}
    unknown = {one.id: _channel(one) for one in deliveries if one.standing.state is DeliveryState.UNKNOWN}
    lines: Counter[str] = Counter()
    nameless = 0
    for line in journal:
        owner = told.get(line["message_id"]) or (tracked(line) if line["tracking_id"] else "")
        if owner:
            lines[owner] += 1
        else:
            nameless += 1
    ours = {*told.values(), *unknown}
    by_uid = sum(channel is Channel.UID for channel in unknown.values())
    return Told(
        accepted=len(journal),
        told=len(told),
        unknown=sum(one in lines for one in unknown) + min(nameless, by_uid),
        without_proof=sum(one not in lines for one in told.values()),
        strays=sum(count for one, count in lines.items() if one not in ours) + max(0, nameless - by_uid),
        twice=sum(count > 1 for count in lines.values()),
    )


def _channel(delivery: Delivery) -> Channel:
    return delivery.standing.channels[delivery.standing.channel_index]


def last_versions(moments: Iterable[Mapping[str, Any]], rulebook: Rulebook) -> Mapping[str, list[Record]]:
    """The last version of each dossier, by what the mapping calls its identity.

    Where two offices use one code and the mapping says that one code is one dossier, there is one from each office.
    """
    last = {(moment["code"], moment["office"]): _record(moment) for moment in moments}
    dossiers: dict[str, list[Record]] = {}
    for record in last.values():
        dossiers.setdefault(mapping.read(record, rulebook).identity, []).append(record)
    return dossiers


def _as_seen(tx: Tx, last: Mapping[str, Sequence[Record]], rulebook: Rulebook) -> int:
    """How many dossiers stand in our memory exactly as the one-stop has them, or as one of its offices has them."""
    return sum(any(stands(tx, record, rulebook) for record in versions) for versions in last.values())


def _record(moment: Mapping[str, Any]) -> Record:
    fields = {name: moment["fields"].get(name, "") for name in records.FIELDS}
    return Record(inputs={**fields, "NgayCapNhat": moment["updated"]})


def show(closing: Closing) -> None:
    """Print the sheet, Vietnamese first; colours on a terminal only."""
    sheet, told, verdict = closing.sheet, closing.told, closing.verdict
    click.echo("\nBẢNG KẾT THÚC / CLOSING SHEET")
    _line("Việc phải báo / obligations", sheet.obligations)
    for bucket in Bucket:
        if sheet.buckets[bucket]:
            _line(f"  {BUCKETS[bucket]} / {bucket.value}", sheet.buckets[bucket])
    for reason, count in sorted(sheet.skipped.items()):
        _line(f"    {SKIPS[SkipReason(reason)]} / {reason}", count)
    _check("Số dư / remainder", str(sheet.remainder), holds=not sheet.remainder)
    sealed = f"{verdict.sealed} dòng đã niêm phong / sealed, {verdict.unsealed} chưa / not"
    _check("Sổ / ledger", sealed, holds=verdict.whole and not verdict.unsealed)
    click.echo(f"    gốc / root {verdict.root}")
    sums = f"{told.accepted} = đã báo / told {told.told} + chưa rõ / unknown {told.unknown}"
    _check("Tin Zalo đã nhận / in Zalo's journal", sums, holds=told.holds)
    if told.without_proof or told.strays:
        _line("  không có ở Zalo / not in the journal", told.without_proof)
        _line("  không có trong sổ / not in the books", told.strays)
    _check("Báo hai lần / told twice", str(told.twice), holds=not told.twice)
    seen = f"{closing.as_seen}/{closing.dossiers}" + ("" if closing.frozen else " (dừng giữa chừng / stopped midway)")
    _check("Hồ sơ thấy đúng bản cuối / dossiers as last seen", seen, holds=closing.seen)
    if not closing.clean:
        _check("Chương trình dừng / daemon ended", "không gọn / not cleanly", holds=False)
    for difference in sheet.differences:
        click.echo(f"motcua: {difference}", err=True)
    verdict_text = ("CÂN ĐỐI / THE BOOKS BALANCE", "KHÔNG CÂN ĐỐI / THE BOOKS DO NOT BALANCE")[not closing.holds]
    click.secho(f"=> {verdict_text}", bold=True, fg="green" if closing.holds else "red")


def _line(name: str, value: object) -> None:
    click.echo(f"  {name:<52} {value:>6}")


def _check(name: str, value: str, *, holds: bool) -> None:
    mark = click.style("✓", fg="green") if holds else click.style("✗", fg="red")
    click.echo(f"{mark} {name + ':':<52} {value}")
