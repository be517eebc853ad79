"""``motcua run``: the daemon, in the foreground of whoever keeps it running (systemd, a container, a shell)."""

import click

from adapter import daemon
from adapter.cli.session import Session, pass_session
from adapter.daemon import Role
from adapter.wiring.house import open_house


class _Roles(click.ParamType[tuple[Role, ...]]):
    """``poll,deliver``: what this daemon does."""

    name = "roles"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[Role, ...]:
        """Split and check. Fails with the roles there are."""
        if isinstance(value, tuple):
            return value
        try:
            return tuple(Role(word.strip()) for word in str(value).split(","))
        except ValueError:
            self.fail(f"{value}: chọn trong {', '.join(Role)}", param, ctx)


@click.command()
@click.option(
    "--roles",
    type=_Roles(),
    default=tuple(Role),
    show_default="tất cả / all",
    help="Việc của tiến trình này. / What this daemon does: poll,deliver.",
)
@pass_session
def run(session: Session, roles: tuple[Role, ...]) -> None:
    """Chạy thường trực: đọc hệ thống một cửa theo lịch và gửi thông báo qua Zalo.

    Run in the background: read the one-stop system on schedule and send messages through Zalo. SIGTERM or Ctrl-C
    stops it within seconds, SIGHUP (or: motcua reload) takes over an edited mapping set.

    Ví dụ / Example: motcua run --roles deliver
    """
    settings = session.settings
    daemon.run(open_house(settings), roles)
