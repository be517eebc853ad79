"""``motcua db``: the database: upgraded, examined, copied, and put back (``restoring``)."""

import os
import shlex
import shutil
from datetime import UTC, datetime
from pathlib import Path

import click

from adapter.cli.failures import Failure
from adapter.cli.output import print_facts, print_json
from adapter.cli.progress import stages
from adapter.cli.restoring import EXAMINING, VERIFYING, restore, restored, telling
from adapter.cli.running import refuse_while_running
from adapter.cli.session import Session, by_option, json_option, pass_session
from adapter.steps import audit, epoch
from adapter.steps.audit import Verdict
from adapter.store import backup as copies
from adapter.store import migrate, open_to_read, revision
from adapter.store.engine import BEGIN_WITH

POSTGRES_BACKUP = (
    "cơ sở dữ liệu là PostgreSQL, hãy dùng công cụ của nó / this is PostgreSQL, use its own tool: "
    "pg_dump --format=custom --file=FILE DATABASE"
)


POSTGRES_SAVE = (
    "cơ sở dữ liệu sẽ đổi bảng mà chưa được sao lưu. Hãy chạy dòng dưới, rồi chạy lại với --no-backup / the tables "
    "will change and nothing is backed up yet; run this, then the same again with --no-backup:\n"
    "pg_dump --format=custom --file=motcua-{stands}.dump {address}"
)
BEGUN = (
    "đây là cơ sở dữ liệu mới, không biết trước đây đã báo cho ai: khi mode khác off, tin của lần đọc đầu tiên được "
    "giữ lại chờ người duyệt. Nếu trước đây đã có dữ liệu, hãy khôi phục: motcua db restore TỆP\n"
    "a new database, which cannot know what was told before: unless mode is off, what the first reading finds is HELD. "
    "If there was one before, put its backup back: motcua db restore FILE"
)


@click.group()
def db() -> None:
    """Cơ sở dữ liệu: nâng cấp, kiểm tra, sao lưu, khôi phục.

    The database: upgrade it, check it, back it up, put it back.

    Ví dụ / Example: motcua db backup /var/backups/motcua
    """


@db.command()
@click.option(
    "--no-backup",
    is_flag=True,
    help="Không sao lưu trước; PostgreSQL: đã tự sao lưu. / Make no backup first; PostgreSQL: it has been made.",
)
@by_option
@pass_session
def upgrade(session: Session, no_backup: bool, by: str) -> None:
    """Nâng cơ sở dữ liệu lên phiên bản của chương trình này; SQLite được sao lưu trước.

    Bring the database to this program's revision. Safe to run twice and from two machines at once. One that will
    change: refused while a daemon runs; SQLite is backed up into the folder backups beside it first, PostgreSQL is
    yours to back up (the command says how), then --no-backup. The way back: install the former version of the program,
    then motcua db restore with that file. An empty database becomes a new one: what its first reading finds is HELD,
    because it cannot know what was told before; if there was one before, put its backup back instead.

    Ví dụ / Example: motcua db upgrade
    """
    settings = session.settings
    url, file = settings.store.url, copies.database_file(settings.store.url)
    stands = revision.current(url) if file is None or file.is_file() else None
    if stands not in {None, revision.head()}:
        refuse_while_running(url)
        if not no_backup:
            _save(url, file, f"{stands}")
    begun: list[int] = []
    click.echo(migrate.upgrade(url, settings.store.keys, lambda tx: begun.append(epoch.begin_new(tx, by))))
    if begun:
        click.echo(BEGUN)


def _save(url: str, file: Path | None, stands: str) -> None:
    """Back an SQLite database up beside itself. Fails with the line to run for another, which has its own tools."""
    if file is None:
        raise Failure([POSTGRES_SAVE.format(stands=stands, address=shlex.quote(copies.server_address(url)))])
    folder = file.parent / "backups"
    folder.mkdir(mode=0o700, exist_ok=True)
    target = _named(folder, f"{file.stem}-{stands}")
    with stages() as shown:
        copies.copy(file, target, telling(shown))
    click.echo(f"đã sao lưu: {target}")


@db.command()
@pass_session
def current(session: Session) -> None:
    """Xem phiên bản của cơ sở dữ liệu và của chương trình.

    Show the database's revision and the program's. Exit code 1 when they differ.

    Ví dụ / Example: motcua db current
    """
    stands, wanted = revision.current(session.settings.store.url), revision.head()
    click.echo(f"{stands or '-'}\t{wanted}")
    if stands != wanted:
        said = "hãy chạy `motcua db upgrade`" if stands else f"cơ sở dữ liệu trống / {BEGIN_WITH}"
        click.echo(f"motcua: {said}", err=True)
        raise click.exceptions.Exit(1)


@db.command()
@json_option
@pass_session
def check(session: Session, as_json: bool) -> None:
    """Kiểm tra tệp dữ liệu (SQLite) và đối chiếu toàn bộ sổ.

    Examine the database: SQLite's own integrity check, then every entry of the ledger. Exit code 1 when anything is
    wrong. Reads only, and may run beside the daemon.

    Ví dụ / Example: motcua db check
    """
    url = session.settings.store.url
    file = copies.database_file(url)
    with stages() as shown:
        shown.at(EXAMINING)
        flaws = copies.flaws(file) if file is not None else ()
        shown.at(VERIFYING)
        verdict = _verdict(url, session.settings.store.keys)
    if as_json:
        print_json({"flaws": flaws, "ledger": verdict, "whole": verdict.whole})
    else:
        _tell(verdict)
    wrong = [*flaws, *(f"sổ, dòng {one.seq}: {one.what}" for one in verdict.breaks[:20])]
    wrong += [f"sổ: dòng {entry} nằm ngoài chuỗi" for entry in verdict.strays[:20]]
    if wrong:
        raise Failure(
            [*wrong, "hãy dừng chương trình, giữ nguyên tệp này, khôi phục bản sao lưu: motcua db restore TỆP"]
        )


@db.command()
@click.argument("where", metavar="FILE", type=click.Path())
@pass_session
def backup(session: Session, where: str) -> None:
    """Sao lưu cơ sở dữ liệu (SQLite) vào một tệp .db mới, hoặc vào một thư mục với tên theo giờ.

    Back an SQLite database up, while it is in use, to FILE. One that ends in a slash or not in .db is a folder, made
    when it is not there; the copy gets a name by date in it. The copy is examined and its ledger verified. Keep it
    apart from secrets/keys.json, which it needs to be read.

    Ví dụ / Example: motcua db backup /var/backups/motcua
    """
    settings = session.settings
    file = copies.database_file(settings.store.url)
    if file is None:
        raise Failure([POSTGRES_BACKUP])
    target = _target(where)
    with stages() as shown:
        copies.copy(file, target, telling(shown))
        shown.at(VERIFYING)
        verdict = _verdict(copies.url_of(target), settings.store.keys)
        copies.single(target)  # reading it as a store began a write-ahead log
    click.echo(f"{target}\t{target.stat().st_size}")
    _tell(verdict)
    if not verdict.whole:
        raise Failure(["sổ trong bản sao không toàn vẹn; bản sao vẫn được giữ. Hãy chạy `motcua audit verify`"])
    free = shutil.disk_usage(target.parent).free
    if free < 2 * target.stat().st_size:
        click.echo("motcua: ổ đĩa sao lưu sắp đầy: không đủ chỗ cho hai bản nữa", err=True)


def _target(where: str) -> Path:
    """Where a backup goes: a file, or a name by date in a folder, which is made if need be."""
    path = Path(where)
    a_file = path.suffix == ".db" and not where.endswith(("/", os.sep))
    if path.is_file() or (a_file and not path.is_dir()):
        return path
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return _named(path, "motcua")


def _named(folder: Path, stem: str) -> Path:
    return folder / f"{stem}-{datetime.now(UTC):%Y%m%d-%H%M%S}.db"


def _verdict(url: str, keys: Path) -> Verdict:
    store = open_to_read(url, keys)
    try:
        return audit.verify(store)
    finally:
        store.close()


def _tell(verdict: Verdict) -> None:
    print_facts(
        [
            ("Sổ", "toàn vẹn" if verdict.whole else "KHÔNG toàn vẹn"),
            ("Đã niêm phong", str(verdict.sealed)),
            ("Gốc Merkle", verdict.root),
            ("Chưa niêm phong", str(verdict.unsealed)),
        ]
    )


db.add_command(restore)
db.add_command(restored)
