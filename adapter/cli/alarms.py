"""``motcua alarms``: what stands, that a person calls it over, whether anybody would hear it."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from adapter import config
from adapter.cli.failures import Failure
from adapter.cli.output import plain, print_json, print_table, when
from adapter.cli.session import Session, by_option, json_option, pass_session
from adapter.steps import duty, intervene
from adapter.wiring.bells import Outlet, Rung, ring
from adapter.wiring.books import open_alarm

AGAIN_SECONDS = 3600.0
"""A unit that fails every few seconds rings once in so long."""


@click.group()
def alarms() -> None:
    """Cảnh báo: xem, cho là đã hết, thử.

    Alarms: see what stands, call one over, try whether anybody hears them.

    Ví dụ / Example: motcua alarms test
    """


@alarms.command(name="list")
@json_option
@pass_session
def list_(session: Session, as_json: bool) -> None:
    """Xem các cảnh báo đang còn, cũ nhất trước.

    Show the alarms that stand, oldest first, and which outlet (command, mail) could not be told yet.

    Ví dụ / Example: motcua alarms list --json
    """
    with session.store() as store:
        standing, owed = store.read(lambda tx: (tx.alarms.standing(), tx.alarms.untold()))
    untold = {raised.key: [one.outlet for one in owed if one.key == raised.key] for raised in standing}
    if as_json:
        print_json([plain(raised) | {"untold": untold[raised.key]} for raised in standing])
    else:
        rows = [(raised.key, when(raised.since), ", ".join(untold[raised.key]), raised.sentence) for raised in standing]
        print_table(("khóa", "từ", "chưa báo được", "nội dung"), rows)


@alarms.command()
@click.argument("key", metavar="KEY")
@json_option
@by_option
@pass_session
def clear(session: Session, key: str, as_json: bool, by: str) -> None:
    """Cho một cảnh báo là đã hết; ghi vào sổ ai làm.

    Call an alarm over, by name in the ledger; who was told of it is told so. What is still wrong rings anew. Exit code
    1 when no such alarm stands.

    Ví dụ / Example: motcua alarms clear clock:may-chu-cu
    """
    with session.store() as store:
        cleared = intervene.clear_alarm(store, open_alarm(session.settings, store), key, by)
    if as_json:
        print_json({"key": key, "cleared": cleared})
    if not cleared:
        raise Failure([f"không có cảnh báo nào mang khóa {key}; xem: motcua alarms list"])
    if not as_json:
        click.echo(key)


@alarms.command()
@json_option
@pass_session
def test(session: Session, as_json: bool) -> None:
    """Thử cảnh báo: báo đến mọi nơi một câu nói rõ đây là thử.

    Ring the log, the alarm command and the mail with a sentence that says it is a test. Needs no database. Exit code 1
    when one of them failed, or nobody but the log would hear an alarm.

    Ví dụ / Example: motcua alarms test
    """
    rung = ring(session.bells(), *duty.TEST)
    if as_json:
        print_json(rung)
    else:
        for one in rung:
            click.echo(f"{one.outlet}: " + (f"không báo được / failed: {one.fault}" if one.fault else "đã báo / told"))
    _fail(rung)
    if len(rung) == 1:
        raise Failure(["chưa đặt alarm.command hay alarm.smtp_host: ngoài nhật ký không ai được báo"])


@alarms.command()
@click.argument("unit", metavar="UNIT")
@pass_session
def failed(session: Session, unit: str) -> None:
    """Báo rằng một dịch vụ của systemd đã dừng vì lỗi (systemd tự gọi lệnh này).

    Tell that a systemd unit ended badly; the units of deploy/ call this. Needs neither the database nor settings other
    than [alarm]. Says nothing when systemd calls the end a success, and rings each outlet at most once an hour.

    Ví dụ / Example: motcua alarms failed motcua.service
    """
    environ = config.environment()
    result = environ.get("SERVICE_RESULT", "")
    if result == "success":
        return
    why = " ".join(filter(None, (result, environ.get("EXIT_STATUS", ""))))
    due = [bell for bell in session.bells() if _due(_stamp(environ, unit, bell))]
    rung = ring(due, *duty.unit_failed(unit, why))
    for bell, one in zip(due, rung, strict=True):
        stamp = _stamp(environ, unit, bell)
        if stamp is not None and not one.fault:
            stamp.touch()
    _fail(rung)


def _fail(rung: Sequence[Rung]) -> None:
    deaf = [f"{one.outlet}: không báo được ({one.fault})" for one in rung if one.fault]
    if deaf:
        raise Failure(deaf)


def _stamp(environ: Mapping[str, str], unit: str, bell: Outlet) -> Path | None:
    """Where the time of the last ring stands: in memory, under /run, so that a full disk does not matter."""
    folder = environ.get("RUNTIME_DIRECTORY", "")
    return Path(folder, f"failed-{unit.replace('/', '-')}-{bell.name}") if folder else None


def _due(stamp: Path | None) -> bool:
    if stamp is None or not stamp.exists():
        return True
    return not 0 <= time.time() - stamp.stat().st_mtime < AGAIN_SECONDS
