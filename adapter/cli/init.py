"""``motcua init``: a new installation in one folder."""

import shutil
from pathlib import Path

import click

from adapter import config
from adapter.cli.failures import Failure
from adapter.store import migrate
from adapter.store.cipher import create_keys

_HERE = Path(__file__).resolve()
#: Where mapping sets lie: beside the package in a checkout, inside it in an installed wheel (pyproject.toml).
_MAPPINGS = (_HERE.parents[2] / "mappings", _HERE.parents[1] / "shipped_mappings")
_PROVINCE = "vinhphuc"

_NEXT = """Đã tạo {folder}. Việc tiếp theo:
  1. Sửa {folder}/motcua.toml: [onestop] tài khoản hệ thống một cửa, [zalo] ứng dụng Zalo.
  2. Sửa bộ quy tắc trong {folder}/mappings/{province} rồi chạy: motcua mapping check
  3. Cất một bản sao {folder}/secrets/keys.json ở nơi an toàn khác: mất khóa là mất dữ liệu cá nhân đã mã hóa.
  4. Chạy thử (chưa gửi cho ai): motcua run, rồi xem: motcua messages list --skipped
  5. Khi đã yên tâm: motcua zalo token set, rồi đổi sending.mode thành "allow-list" hoặc "on"."""


@click.command()
@click.argument("folder", default=".", type=click.Path(path_type=Path, file_okay=False))
def init(folder: Path) -> None:
    """Tạo một bản cài đặt mới trong thư mục: cấu hình, khóa, bộ quy tắc mẫu, cơ sở dữ liệu.

    Make a new installation in FOLDER: settings that send nothing (mode = "off"), keys, a sample mapping set and a
    database. Overwrites nothing: when one of them exists already, it says so and changes nothing.

    Ví dụ / Example: motcua init /srv/motcua
    """
    folder = folder.resolve()
    parts = [folder / name for name in (config.FILE_NAME, "secrets/keys.json", "data", "mappings")]
    standing = [part for part in parts if part.exists()]
    if standing:
        raise Failure([f"{part}: đã có, không ghi đè" for part in standing])
    folder.mkdir(parents=True, exist_ok=True)
    for private in ("secrets", "data"):
        (folder / private).mkdir(mode=0o700, exist_ok=True)
    _copy_mappings(folder / "mappings")
    create_keys(folder / "secrets/keys.json")
    settings = _write_settings(folder / config.FILE_NAME)
    made = config.load(settings, {}).store
    migrate.upgrade(made.url, made.keys)  # no epoch begins: under keys made a moment ago nothing was ever sent
    click.echo(_NEXT.format(folder=folder, province=_PROVINCE))


def _write_settings(path: Path) -> Path:
    path.touch(mode=0o600)  # an operator may write a password into it
    path.write_text(_HERE.with_name("motcua.toml").read_text(encoding="utf-8"), encoding="utf-8")
    return path


def _copy_mappings(target: Path) -> None:
    source = next(place for place in _MAPPINGS if (place / _PROVINCE).is_dir())
    for name in (_PROVINCE, "schema"):
        shutil.copytree(source / name, target / name)
    for readme in source.glob("README*"):
        shutil.copy(readme, target)
