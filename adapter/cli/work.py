"""``motcua poll`` and ``motcua deliver``: one round of the daemon's work, by hand."""

import time
from contextlib import closing
from dataclasses import asdict, replace

import click

from adapter.cli.failures import TRY_LATER, Failure
from adapter.cli.output import print_facts, print_json, print_table, when
from adapter.cli.session import Session, json_option, pass_session
from adapter.cli.tally import Counted, Tally
from adapter.config import Settings
from adapter.core import calendar, mapping
from adapter.errors import RecordError
from adapter.model import Interval, Record, Rulebook, Run, RunState, SendingMode, Settled
from adapter.steps import deliver as delivering
from adapter.steps import poll as polling
from adapter.wiring.books import utc_now
from adapter.wiring.fittings import open_source
from adapter.wiring.house import House, open_house

_PREVIEW = 20


@click.command()
@click.option("--dry-run", is_flag=True, help="Chỉ đọc và cho xem, không ghi gì. / Read and show, write nothing.")
@json_option
@pass_session
def poll(session: Session, dry_run: bool, as_json: bool) -> None:
    """Đọc hệ thống một cửa một lần.

    Read the one-stop system once. What it finds is written and, when sending is on, told by the daemon or `deliver`.
    With --dry-run the mapping set is the one on disk, with every problem named when it is broken (exit code 65); no
    database is opened, nothing is written and no alarm is rung.

    Ví dụ / Example: motcua poll --dry-run
    """
    if dry_run:
        _preview(session.settings, session.rulebook(), as_json=as_json)
        return
    house = open_house(session.settings)
    try:
        runs = [
            run for partition in house.rulebook.source.partitions for run in polling.poll(house.polling(), partition)
        ]
        _report(runs, as_json=as_json)
    finally:
        house.close()


def _report(runs: list[Run], *, as_json: bool) -> None:
    if as_json:
        print_json(runs)
    else:
        rows = [
            [r.state, when(r.window.start), when(r.window.end), *map(str, (r.records, r.changes, r.messages))]
            for r in runs
        ]
        print_table(["kết quả", "từ", "đến", "bản ghi", "thay đổi", "thông báo"], rows)
    cut = [run.fault for run in runs if run.state is RunState.CUT]
    if not runs:
        raise Failure(["một tiến trình khác đang đọc nguồn này"], TRY_LATER)
    if cut:
        raise Failure(cut, TRY_LATER)


def _preview(settings: Settings, rulebook: Rulebook, *, as_json: bool) -> None:
    """Read the window that a first poll would read now, and show what the mapping makes of it."""
    now = utc_now()
    window = Interval(start=now - settings.sending.initial_window, end=now)
    shown: list[dict[str, str]] = []
    read = bad = 0
    with closing(open_source(settings, rulebook.source)) as source:
        for partition in rulebook.source.partitions:
            for record in source.changes(window, partition):
                read += 1
                line = _line(record, rulebook)
                bad += line is None
                if line is not None and len(shown) < _PREVIEW:
                    shown.append(line)
    if as_json:
        print_json({"records": read, "unreadable": bad, "shown": shown})
        return
    print_table(["mã hồ sơ", "đơn vị", "trạng thái", "sự kiện", "cập nhật"], [list(line.values()) for line in shown])
    print_facts([("đã đọc", str(read)), ("không đọc được", str(bad))])


def _line(record: Record, rulebook: Rulebook) -> dict[str, str] | None:
    try:
        dossier = mapping.read(record, rulebook)
    except RecordError:
        return None
    return {
        "code": dossier.code,
        "office": dossier.office,
        "status": dossier.status,
        "event": dossier.event or "-",
        "as_of": when(dossier.as_of),
    }


@click.command()
@click.option(
    "--seconds",
    type=click.FloatRange(0),
    default=60.0,
    show_default=True,
    help="Dừng muộn nhất sau ngần này giây. / Stop after this long at the latest.",
)
@json_option
@pass_session
def deliver(session: Session, seconds: float, as_json: bool) -> None:
    """Gửi những thông báo đã đến hạn cho đến khi hết, rồi dừng.

    Send what is due until nothing is left or the time is over, then stop. Respects quiet hours, pauses and allowance.

    Ví dụ / Example: motcua deliver --seconds 30
    """
    house = open_house(session.settings)
    try:
        tally = _sent(house, seconds)
    finally:
        house.close()
    now, days = house.clock(), house.rulebook.calendar
    opening = calendar.next_opening(now, days) if calendar.is_quiet(now, days) else None
    if as_json:
        print_json({**asdict(tally), "quiet_until": opening})
        return
    facts = [
        ("Zalo đã nhận", str(tally.accepted)),
        ("Zalo từ chối", str(tally.refused)),
        ("chưa rõ", str(tally.unclear)),
        ("chưa rời máy này", str(tally.never_left)),
    ]
    if opening is not None:
        facts.append(("đang trong giờ yên lặng, tin thường được gửi từ", when(opening)))
    if house.settings.sending.mode is SendingMode.OFF:
        facts.append(("chế độ gửi", "off: không gửi cho ai (sending.mode trong motcua.toml)"))
    print_facts(facts)


def _sent(house: House, seconds: float) -> Tally:
    """Send until nothing is left or the time is over; what has no answer by the end counts as unclear."""
    channels, unwritten = Counted(house.channels), list[Settled]()
    until = time.monotonic() + seconds
    claimed = settled = 0
    while time.monotonic() < until:
        turn = delivering.turn(replace(house.delivering(), channels=channels), 0.2, unwritten)
        claimed, settled = claimed + turn.claimed, settled + turn.settled
        channels.tally.count(unwritten)  # what was not handed over passes by no channel
        if not turn.claimed and claimed == settled:
            break
    settled += delivering.finish(replace(house.delivering(), channels=channels), 10.0, unwritten)
    channels.tally.unclear += max(0, claimed - settled)
    return channels.tally
