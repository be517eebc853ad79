"""``motcua pause`` and ``motcua resume``: stop and restart sending, wholly or in part."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import Any, TypeVar

import click

from adapter.cli.failures import Failure
from adapter.cli.output import when
from adapter.cli.session import Session, by_option, pass_session
from adapter.model import Channel, Pause, PauseScope, Rulebook
from adapter.steps import intervene
from adapter.wiring.books import open_alarm, read_mapping

Command = TypeVar("Command", bound=Callable[..., Any])


def _scope_options(command: Command) -> Command:
    for option in (
        click.option("--rule", help="Một quy tắc. / One rule."),
        click.option("--office", help="Một đơn vị. / One office."),
        click.option("--template", help="Một mẫu tin. / One template."),
        click.option(
            "--channel", type=click.Choice([channel.value for channel in Channel]), help="Một kênh. / One channel."
        ),
        click.option("--all", "every", is_flag=True, help="Toàn bộ. / Everything."),
    ):
        command = option(command)
    return command


@click.command()
@_scope_options
@click.option(
    "--reason", default="tạm dừng theo yêu cầu", show_default=True, help="Lý do, không ghi tên người dân. / Why."
)
@by_option
@pass_session
def pause(session: Session, /, reason: str, by: str, every: bool, **names: str | None) -> None:
    """Tạm dừng gửi: toàn bộ, một kênh, một mẫu tin, một đơn vị hay một quy tắc.

    Pause sending: everything, or one channel, template, office or rule. What is due waits; nothing is lost. It stands
    until a person resumes it, also where motcua itself had paused and would have tried again by itself.

    Ví dụ / Example: motcua pause --office 62.12 --reason "Đơn vị đang chuyển trụ sở"
    """
    scope, name = _chosen(names, every=every)
    _require_known(scope, name, read_mapping(session.settings)[0])
    with session.store() as store:
        wanted = Pause(scope=scope, name=name, reason=reason, by=by, since=datetime.now(UTC))
        former = intervene.pause(store, wanted)
    click.echo(f"{scope} {name}".strip())
    if former is not None:
        click.echo(
            f"motcua: phạm vi này đã tạm dừng từ {when(former.since)} ({former.by}: {former.reason}); từ nay chỉ người "
            f"cho gửi tiếp / it stood still already, by {former.by}; from now on only a person resumes it",
            err=True,
        )


@click.command()
@_scope_options
@by_option
@pass_session
def resume(session: Session, /, by: str, every: bool, **names: str | None) -> None:
    """Gửi tiếp phạm vi đã tạm dừng.

    Resume a scope that was paused. Exit code 1 when it did not stand still.

    Ví dụ / Example: motcua resume --all
    """
    scope, name = _chosen(names, every=every)
    with session.store() as store:
        if not intervene.resume(store, open_alarm(session.settings, store), scope, name, by):
            raise Failure([f"phạm vi này không bị tạm dừng: {scope} {name}".strip()])
    click.echo(f"{scope} {name}".strip())


def _chosen(names: Mapping[str, str | None], *, every: bool) -> tuple[PauseScope, str]:
    given = [(PauseScope(scope), name) for scope, name in names.items() if name]
    if len(given) + every != 1:
        raise click.UsageError("chọn đúng một trong --all, --channel, --template, --office, --rule")
    return given[0] if given else (PauseScope.ALL, "")


def _require_known(scope: PauseScope, name: str, rulebook: Rulebook | None) -> None:
    """Refuse a mistyped name, which would silently pause nothing. A broken mapping must not keep one from pausing."""
    if rulebook is None:
        return
    known = {
        PauseScope.OFFICE: set(rulebook.offices),
        PauseScope.RULE: {rule.name for rule in rulebook.rules},
        PauseScope.TEMPLATE: set(rulebook.templates),
    }.get(scope, {name})
    if name not in known:
        close = get_close_matches(name, known, n=1)
        hint = f" (có phải là {close[0]}?)" if close else ""
        raise click.UsageError(f"bộ quy tắc không có {scope} tên {name}{hint}")
