"""``motcua simulate``: the province and Zalo, honestly imitated, to try things without touching anybody."""

import signal
import threading
from pathlib import Path

import click

from adapter.cli.demo import demo
from adapter.simulators.onestop import play
from adapter.simulators.zalo import simulator as platform

_port = click.option("--port", type=click.IntRange(0, 65_535), required=True, help="Cổng. / Port to listen on.")
_journal = click.option(
    "--journal",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Ghi mọi việc vào tệp này (JSONL). / Write everything that happens to this file.",
)
_host = click.option("--host", default="127.0.0.1", show_default=True, help="Địa chỉ. / Address to listen on.")


@click.group()
def simulate() -> None:
    """Mô phỏng hệ thống một cửa và Zalo để thử, không chạm đến ai.

    Imitate the one-stop system and Zalo, to try things without touching anybody.

    Ví dụ / Example: motcua simulate demo --seconds 60
    """


@simulate.command()
@_host
@_port
@click.option(
    "--seed", default=1, show_default=True, help="Hạt giống: cùng số, cùng câu chuyện. / Same seed, same story."
)
@click.option(
    "--dossiers", type=click.IntRange(1), default=60, show_default=True, help="Số hồ sơ. / Number of dossiers."
)
@click.option(
    "--pace",
    type=click.FloatRange(0, min_open=True),
    default=60.0,
    show_default=True,
    help="Nhanh gấp mấy lần. / Story seconds a second.",
)
@click.option("--username", default="motcua", show_default=True, help="Tài khoản SOAP. / SOAP account.")
@click.option(
    "--password", default="mat-khau-thu", show_default=True, help="Mật khẩu giả lập. / Its invented password."
)
@click.option("--endless", is_flag=True, help="Kể tiếp mãi. / Go on with the next story.")
@_journal
def onestop(
    *,
    host: str,
    port: int,
    seed: int,
    dossiers: int,
    pace: float,
    username: str,
    password: str,
    endless: bool,
    journal: Path | None,
) -> None:
    """Mô phỏng hệ thống một cửa (SOAP, dạng D1) cho đến khi bị dừng.

    Imitate a one-stop system (SOAP, dialect D1) until stopped. Its address is printed first.

    Ví dụ / Example: motcua simulate onestop --port 8081 --dossiers 200 --pace 600
    """
    play.serve(
        host=host,
        port=port,
        seed=seed,
        dossiers=dossiers,
        pace=pace,
        username=username,
        password=password,
        journal_path=journal,
        stop=_stop_on_signals(),
        endless=endless,
        ready=click.echo,
    )


@simulate.command()
@_host
@_port
@click.option("--app-id", default="4000000000000000001", show_default=True, help="Mã ứng dụng. / App id.")
@click.option("--app-secret", default="bi-mat-gia-lap", show_default=True, help="Khóa giả lập. / Its invented secret.")
@click.option("--oa-id", default="5000000000000000001", show_default=True, help="Mã OA. / Official Account id.")
@click.option(
    "--refresh-token", default="refresh-gia-lap", show_default=True, help="Mã làm mới đầu tiên. / First refresh token."
)
@click.option(
    "--templates",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Danh sách mẫu tin (JSON). / Templates.",
)
@click.option(
    "--latency",
    type=click.FloatRange(0),
    default=0.0,
    show_default=True,
    help="Độ trễ mỗi lần gọi (giây). / Seconds a call.",
)
@_journal
def zalo(
    *,
    host: str,
    port: int,
    app_id: str,
    app_secret: str,
    oa_id: str,
    refresh_token: str,
    templates: Path | None,
    latency: float,
    journal: Path | None,
) -> None:
    """Mô phỏng Zalo (OAuth, OA và ZBS) cho đến khi bị dừng.

    Imitate Zalo (OAuth, OA and ZBS under /oauth, /openapi, /business) until stopped.

    Ví dụ / Example: motcua simulate zalo --port 8082 --journal zalo.jsonl
    """
    platform.serve(
        host=host,
        port=port,
        app_id=app_id,
        app_secret=app_secret,
        oa_id=oa_id,
        refresh_token=refresh_token,
        templates_path=templates,
        journal_path=journal,
        latency=latency,
        stop=_stop_on_signals(),
    )


simulate.add_command(demo)


def _stop_on_signals() -> threading.Event:
    stop = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stop.set())
    return stop
