"""``motcua links``: which Zalo user belongs to which phone or dossier, and how that was proven."""

from collections.abc import Sequence
from pathlib import Path

import click

from adapter.cli.failures import BAD_DATA, Failure
from adapter.cli.links_file import read_links
from adapter.cli.output import masked, print_json, print_table, when
from adapter.cli.session import Session, by_option, json_option, pass_session
from adapter.cli.words import LINK_KINDS, PROOFS
from adapter.model import Link
from adapter.ports import Tx
from adapter.steps import accounts

_HEADINGS = ("Mã", "Người dùng Zalo", "Loại", "Giá trị", "Bằng chứng", "Xác nhận lúc", "Thu hồi lúc")


@click.group()
def links() -> None:
    """Liên kết giữa người dùng Zalo với số điện thoại hoặc hồ sơ.

    Links of Zalo users to phones or dossiers, each with its proof.

    Ví dụ / Example: motcua links import lien-ket.csv
    """


@links.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--skip-bad", is_flag=True, help="Bỏ qua dòng sai, nhập phần còn lại. / Load the good lines all the same."
)
@by_option
@pass_session
def import_(session: Session, file: Path, skip_bad: bool, by: str) -> None:
    """Nhập liên kết từ tệp CSV có các cột uid, kind, value, proof, proved_at.

    Import links from CSV (columns uid, kind = phone|dossier, value, proof = counter|otp|mini_app|import, proved_at).
    Every bad line is named; nothing is loaded then, unless --skip-bad. Loading a file twice changes nothing.
    Exit code 65 when a line is bad.

    Ví dụ / Example: motcua links import lien-ket.csv
    """
    good, problems = read_links(file)
    if problems and not skip_bad:
        raise Failure([*map(str, problems), f"{len(problems)} dòng sai; chưa nhập dòng nào"], BAD_DATA)
    with session.store() as store:
        new = store.write("links.import", lambda tx: _load(tx, good, by))
    click.echo(f"{new} mới, {len(good) - new} đã có")
    if problems:
        raise Failure([*map(str, problems), f"đã bỏ qua {len(problems)} dòng sai"], BAD_DATA)


@links.command("list")
@click.option("--revoked", is_flag=True, help="Cả những liên kết đã thu hồi. / Revoked ones too.")
@json_option
@pass_session
def list_(session: Session, revoked: bool, as_json: bool) -> None:
    """Liệt kê liên kết; số điện thoại và mã được che bớt.

    List links; phones, codes and ids are masked.

    Ví dụ / Example: motcua links list
    """
    with session.store() as store:
        found = store.read(lambda tx: tx.recipients.links(revoked=revoked))
    if as_json:
        print_json([_facts(link) for link in found])
        return
    print_table(
        _HEADINGS,
        [
            (
                link.id,
                masked(link.uid.value),
                LINK_KINDS[link.kind],
                masked(link.value),
                PROOFS[link.proof],
                when(link.proved_at),
                when(link.revoked_at),
            )
            for link in found
        ],
    )


@links.command()
@click.argument("link", type=click.UNPROCESSED)
@by_option
@pass_session
def revoke(session: Session, link: str, by: str) -> None:
    """Thu hồi một liên kết: từ nay không gửi cho người dùng ấy nữa.

    Revoke a link: from now on nothing goes to that user by it. Exit code 1 when there is none with this id.

    Ví dụ / Example: motcua links revoke 5b0c9a1e4d3f4c0aa7e2f1d0c9b8a7e6
    """
    with session.store() as store:
        if not store.write("links.revoke", lambda tx: _revoke(tx, link, by)):
            raise Failure([f"không có liên kết nào đang dùng mang mã {link}"])
    click.echo(link)


def _load(tx: Tx, good: Sequence[Link], by: str) -> int:
    new = tx.recipients.link(good)
    tx.ledger.write([accounts.person_act("links.import", by, lines=str(len(good)), new=str(new))])
    return new


def _revoke(tx: Tx, link: str, by: str) -> bool:
    revoked = tx.recipients.revoke(link)
    if revoked:
        tx.ledger.write([accounts.person_act("links.revoke", by, link=link)])
    return revoked


def _facts(link: Link) -> dict[str, object]:
    return {
        "id": link.id,
        "uid": masked(link.uid.value),
        "kind": link.kind,
        "value": masked(link.value),
        "proof": link.proof,
        "proved_at": link.proved_at,
        "revoked_at": link.revoked_at,
    }
