"""The ``motcua`` group: which commands there are, and where the settings are."""

from pathlib import Path

import click

from adapter import __version__
from adapter.cli.audit import audit, balance
from adapter.cli.db import db
from adapter.cli.doctor import doctor
from adapter.cli.failures import Root
from adapter.cli.init import init
from adapter.cli.links import links
from adapter.cli.mapping import mapping
from adapter.cli.messages import messages
from adapter.cli.pauses import pause, resume
from adapter.cli.reload import reload
from adapter.cli.run import run
from adapter.cli.session import Session
from adapter.cli.simulate import simulate
from adapter.cli.status import status
from adapter.cli.stop import stop
from adapter.cli.work import deliver, poll
from adapter.cli.zalo import zalo


@click.group(cls=Root, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.option(
    "--config",
    "path",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Tệp cấu hình. / Settings file (else MOTCUA_CONFIG, ./motcua.toml, /etc/motcua/motcua.toml).",
)
@click.version_option(__version__, prog_name="motcua")
@click.pass_context
def main(ctx: click.Context, path: Path | None) -> None:
    """Từ hệ thống một cửa của tỉnh đến Zalo của người dân.

    From a province's one-stop system to its citizens' Zalo.

    Ví dụ / Example: motcua init vinhphuc && cd vinhphuc && motcua status
    """
    ctx.obj = Session(path)


for command in (init, db, run, poll, deliver, status, messages, pause, resume, links, zalo, mapping, reload):
    main.add_command(command)
for command in (balance, audit, simulate, stop, doctor):
    main.add_command(command)
