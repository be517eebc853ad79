"""What a person decides about messages: let go, send again, cancel."""

from collections.abc import Sequence
from contextlib import closing

import click

from adapter.cli.failures import Failure
from adapter.cli.session import Session, by_option, pass_session, yes_option
from adapter.model import DeliveryState, Filter, MessageId
from adapter.ports import Store
from adapter.steps import intervene
from adapter.wiring.house import open_house

_ALL = 1_000_000

_WHY_NOT = (
    "tin còn lại không đi: đang ở trạng thái khác; bị hủy hoặc bỏ qua theo quy tắc, dữ liệu hiện tại; hay sending.mode "
    "chưa cho gửi, tin vẫn tạm giữ. Xem từng tin: motcua messages show MÃ / the others do not go: in another state; "
    "cancelled or skipped by today's rules or data; or barred by sending.mode, and still held"
)

_ids = click.argument("ids", nargs=-1, type=click.UNPROCESSED)
_office = click.option("--office", default="", help="Mọi tin của đơn vị này. / All of this office.")
_rule = click.option("--rule", default="", help="Mọi tin của quy tắc này. / All of this rule.")
_run = click.option("--run", default="", help="Mọi tin của lần đọc này. / All of this run.")


@click.command()
@_ids
@_office
@_rule
@_run
@click.option("--all", "every", is_flag=True, help="Mọi tin đang tạm giữ. / Every held message.")
@by_option
@yes_option
@pass_session
def release(session: Session, /, ids: tuple[str, ...], every: bool, by: str, yes: bool, **scope: str) -> None:
    """Cho các tin đang tạm giữ đi tiếp, xét lại theo bộ quy tắc hiện tại.

    Let held messages go; each is decided afresh with the present mapping, which may say no by now. While sending.mode
    bars one it stays held. Says how many are on their way.

    Ví dụ / Example: motcua messages release --run 0192f3a1 --yes
    """
    with closing(open_house(session.settings)) as house:
        chosen = _chosen(house.store, ids, (DeliveryState.HELD,), scope, every=every)
        _confirm(f"Cho {len(chosen)} tin tạm giữ đi tiếp?", yes=yes)
        _done(intervene.release(house.store, house.rulebook, house.policy(), chosen, by), len(chosen), _WHY_NOT)


@click.command()
@_ids
@by_option
@yes_option
@pass_session
def retry(session: Session, ids: tuple[str, ...], by: str, yes: bool) -> None:
    """Gửi lại: tạo một tin mới thay cho tin bị từ chối, không đến được hoặc chưa rõ.

    Send again: makes a new follow-up message for one that was refused, lapsed or stayed unknown. Of an unknown one
    the citizen may get both, which is why a person has to decide it. Says how many will be said.

    Ví dụ / Example: motcua messages retry 0f3a5c7e9b1d2f4a6c8e0b2d4f6a8c0e
    """
    chosen = _named(ids)
    _confirm(f"Tạo tin gửi lại cho {len(chosen)} tin? Người dân có thể nhận hai lần nếu tin trước đã đến.", yes=yes)
    with closing(open_house(session.settings)) as house:
        _done(intervene.retry(house.store, house.rulebook, house.policy(), chosen, by), len(chosen), _WHY_NOT)


@click.command()
@_ids
@_office
@_rule
@_run
@by_option
@yes_option
@pass_session
def cancel(session: Session, /, ids: tuple[str, ...], by: str, yes: bool, **scope: str) -> None:
    """Hủy các tin chưa gửi (đang chờ hoặc tạm giữ). Không hủy được tin đã gửi.

    Cancel messages that are not sent yet (waiting or held). What is sent cannot be taken back.

    Ví dụ / Example: motcua messages cancel --rule nhac_bo_sung
    """
    with closing(open_house(session.settings)) as house:
        chosen = _chosen(house.store, ids, (DeliveryState.PENDING, DeliveryState.HELD), scope, every=False)
        _confirm(f"Hủy {len(chosen)} tin?", yes=yes)
        _done(intervene.cancel(house.store, house.rulebook, chosen, by), len(chosen))


def _named(ids: Sequence[str]) -> list[MessageId]:
    if not ids:
        raise click.UsageError("hãy ghi ít nhất một mã tin (xem `motcua messages list`)")
    return [MessageId(text.strip()) for text in ids]


def _chosen(
    store: Store, ids: Sequence[str], states: tuple[DeliveryState, ...], scope: dict[str, str], *, every: bool
) -> list[MessageId]:
    if bool(ids) == (every or any(scope.values())):
        raise click.UsageError("ghi các mã tin, hoặc chọn theo --office, --rule, --run...; không dùng cả hai")
    if ids:
        return _named(ids)
    wanted = Filter(states=states, limit=_ALL, office=scope["office"], rule=scope["rule"], run=scope["run"])
    return [delivery.id for delivery in store.read(lambda tx: tx.outbox.find(wanted))]


def _confirm(question: str, *, yes: bool) -> None:
    if not yes:
        click.confirm(question, abort=True, err=True)


def _done(count: int, asked: int, why_not: str = "không tin nào ở trạng thái cho phép việc này") -> None:
    """Say how many. Fewer than asked is no failure (another was quicker); none at all is, when ids were given."""
    click.echo(f"{count}/{asked}")
    if asked and not count:
        raise Failure([why_not])
    if count < asked:
        click.echo(f"motcua: {why_not}", err=True)
