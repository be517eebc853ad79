"""``motcua stop``: end the daemons through the store, for hosts without signals."""

import time

import click

from adapter import daemon
from adapter.cli.failures import TRY_LATER, Failure
from adapter.cli.session import Session, pass_session
from adapter.ports import Store
from adapter.steps import takeover
from adapter.wiring.books import new_owner

LOOK_EVERY = 0.25


@click.command()
@click.option(
    "--wait",
    "seconds",
    type=click.FloatRange(0),
    default=0.0,
    help="Chờ tối đa ngần này giây cho đến khi dừng hẳn. / Wait at most so long until they have ended.",
)
@pass_session
def stop(session: Session, seconds: float) -> None:
    """Yêu cầu mọi tiến trình nền trên cơ sở dữ liệu này dừng lại, kể cả trên máy khác.

    Ask every daemon on this database, on other machines too, to stop; each settles what is on the wire first. With
    --wait, exit code 75 when one still runs after that time. A service manager may start it again: stop the service.

    Ví dụ / Example: motcua stop --wait 30
    """
    with session.store() as store:
        # One that was killed can stop no more; its sign would stand for a minute, and --wait would wait for it.
        takeover.take_over(store, new_owner(), daemon.alive)
        running = daemon.at_work(store)
        store.write("stop", lambda tx: tx.bump(daemon.STOP))
        click.echo(f"đã yêu cầu {len(running)} tiến trình dừng" if running else "không có tiến trình nền nào đang chạy")
        if seconds:
            _wait(store, seconds)


def _wait(store: Store, seconds: float) -> None:
    until = time.monotonic() + seconds
    while running := daemon.at_work(store):
        if time.monotonic() >= until:
            raise Failure([f"chưa dừng: {owner}" for owner in running], TRY_LATER)
        time.sleep(LOOK_EVERY)
    click.echo("đã dừng")
