"""``motcua doctor``: is every door open, and if not, what to do."""

import click

from adapter.cli import doctor_doors, doctor_duty, doctor_house
from adapter.cli.checkup import Check, Finding, Level, run
from adapter.cli.output import print_json, shown
from adapter.cli.session import Session, json_option, pass_session
from adapter.errors import ConfigError

CHECKS = (
    Check(door="settings", look=doctor_house.settings, seconds=5, todo="sửa motcua.toml"),
    Check(
        door="keys",
        look=doctor_house.keys,
        seconds=5,
        todo="đặt lại keys.json từ bản cất riêng, đúng chủ, chmod 600; đừng tạo khóa mới",
        opens_store=False,
    ),
    Check(
        door="database",
        look=doctor_house.database,
        todo="PostgreSQL: máy chủ có chạy không, store.url đúng chưa; SQLite: đĩa đầy (df -h), quyền "
        "(chown -R motcua: /var/lib/motcua), tiến trình đang khóa (fuser), tệp hỏng (motcua db restore TỆP)",
        opens_store=False,
    ),
    Check(
        door="integrity", look=doctor_house.integrity, seconds=60, todo="xem mục cơ sở dữ liệu; rồi: motcua db check"
    ),
    Check(door="mapping", look=doctor_house.mapping, todo="motcua mapping check"),
    Check(door="work", look=doctor_house.work),
    Check(door="alarm", look=doctor_duty.alarm, seconds=30, todo="kiểm tra [alarm]; rồi: motcua alarms test"),
    Check(door="backup", look=doctor_duty.backup, seconds=5, todo="quyền của thư mục; motcua db backup THƯ_MỤC"),
    Check(
        door="onestop",
        look=doctor_doors.onestop,
        seconds=30,
        todo="kiểm tra source.yaml, WSDL, chứng thư và [onestop]; rồi: motcua mapping check",
    ),
    Check(door="token", look=doctor_doors.token, todo=doctor_doors.NEW_TOKEN),
    Check(door="zalo", look=doctor_doors.account, seconds=30, todo=doctor_doors.WAY_OUT),
    Check(door="templates", look=doctor_doors.templates, seconds=60, todo=doctor_doors.WAY_OUT),
)
"""In the order in which a person mends things."""

MARKS = {Level.OK: "✓", Level.LOOK: "!", Level.BROKEN: "✗"}

DOORS = {
    "settings": "cấu hình",
    "keys": "khóa",
    "database": "cơ sở dữ liệu",
    "integrity": "dữ liệu toàn vẹn",
    "mapping": "bộ quy tắc",
    "work": "vận hành",
    "alarm": "báo động",
    "backup": "sao lưu",
    "onestop": "một cửa",
    "token": "mã Zalo",
    "zalo": "Zalo",
    "templates": "mẫu tin Zalo",
}


@click.command()
@json_option
@pass_session
def doctor(session: Session, as_json: bool) -> None:
    """Khám toàn bộ: cấu hình, khóa, cơ sở dữ liệu, một cửa, Zalo, bộ quy tắc; nói phải làm gì.

    Check every door: settings, keys, database, mapping, the one-stop, Zalo and its templates; whether an alarm would be
    heard (rings nobody), how old the newest backup is, and what waits for a person. Sends nothing to citizens. Exit
    code 1 when anything needs a person.

    Ví dụ / Example: motcua doctor --json
    """
    findings = _examined(session)
    if as_json:
        print_json(findings)
    else:
        for finding in findings:
            _tell(finding)
    if any(finding.level is not Level.OK for finding in findings):
        raise click.exceptions.Exit(1)


def _examined(session: Session) -> list[Finding]:
    try:
        session.settings  # noqa: B018 - read once, before threads share it
    except ConfigError as error:
        return [
            Finding(door="settings", level=Level.BROKEN, said=problem, english="wrong setting", todo="sửa motcua.toml")
            for problem in error.problems
        ]
    return run(CHECKS, session)


def _tell(finding: Finding) -> None:
    todo = f" → {finding.todo}" if finding.todo else ""
    click.echo(shown(f"{MARKS[finding.level]} {DOORS[finding.door]}: {finding.said}{todo}"))
    click.echo(shown(f"    {finding.level}: {finding.english}"))
