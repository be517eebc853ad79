"""The ``motcua`` group: which commands there are, and where the settings are."""

from pathlib import Path
from typing import Any

import click

from adapter import __version__
from adapter.cli import late
from adapter.cli.late import Late
from adapter.errors import AdapterError

COMMANDS = (
    Late("alarms", "alarms", "Cảnh báo: xem, cho là đã hết, thử."),
    Late("audit", "audit", "Kiểm tra sổ."),
    Late("balance", "audit", "Bảng cân đối: mỗi việc phải báo nằm đúng một mục, số dư phải bằng không."),
    Late("db", "db", "Cơ sở dữ liệu: nâng cấp, kiểm tra, sao lưu, khôi phục."),
    Late("deliver", "work", "Gửi những thông báo đã đến hạn cho đến khi hết, rồi dừng."),
    Late(
        "doctor", "doctor", "Khám toàn bộ: cấu hình, khóa, cơ sở dữ liệu, một cửa, Zalo, bộ quy tắc; nói phải làm gì."
    ),
    Late("init", "init", "Tạo một bản cài đặt mới trong thư mục: cấu hình, khóa, bộ quy tắc mẫu, cơ sở dữ liệu."),
    Late("links", "links", "Liên kết giữa người dùng Zalo với số điện thoại hoặc hồ sơ."),
    Late("mapping", "mapping", "Bộ quy tắc: kiểm tra trước khi dùng."),
    Late("messages", "messages", "Tin nhắn: xem, gửi lại, cho đi, hủy."),
    Late("pause", "pauses", "Tạm dừng gửi: toàn bộ, một kênh, một mẫu tin, một đơn vị hay một quy tắc."),
    Late("poll", "work", "Đọc hệ thống một cửa một lần."),
    Late("reload", "reload", "Yêu cầu các tiến trình đang chạy đọc lại bộ quy tắc."),
    Late("resume", "pauses", "Gửi tiếp phạm vi đã tạm dừng."),
    Late("run", "run", "Chạy thường trực: đọc hệ thống một cửa theo lịch và gửi thông báo qua Zalo."),
    Late("simulate", "simulate", "Mô phỏng hệ thống một cửa và Zalo để thử, không chạm đến ai."),
    Late("status", "status", "Tình trạng: đã đọc đến đâu, còn bao nhiêu tin, mã Zalo, tạm dừng, cảnh báo."),
    Late("stop", "stop", "Yêu cầu mọi tiến trình nền trên cơ sở dữ liệu này dừng lại, kể cả trên máy khác."),
    Late("zalo", "zalo", "Kết nối với Zalo."),
)


class Root(click.Group):
    """The ``motcua`` group: turns our errors, and files that cannot be used, into failures. Bugs pass through."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Refuse words that are no UTF-8, from a terminal of an older code page: no database could keep them."""
        if any("\ud800" <= letter <= "\udfff" for letter in "".join(args)):  # so Python hands such bytes on
            raise click.UsageError(
                "dòng lệnh không phải UTF-8: chuyển cửa sổ lệnh sang UTF-8, hoặc gõ không dấu / "
                "the command line is not UTF-8: switch the terminal to it, or type without accents",
                ctx,
            )
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise  # the reader went away (`| head`); click ends quietly
        except (AdapterError, OSError) as error:
            raise late.module("failures").failure(error) from error


@click.group(
    cls=Root, commands=COMMANDS, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110}
)
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
    ctx.obj = late.module("session").Session(path)
