"""``motcua audit`` and ``motcua balance``: does the ledger verify, do the books balance?"""

from datetime import date, datetime

import click

from adapter.cli.output import print_facts, print_json, print_table, when
from adapter.cli.session import Session, json_option, pass_session
from adapter.cli.words import BUCKETS, SKIPS
from adapter.core.balance import Sheet
from adapter.errors import BookError
from adapter.model import Bucket, SkipReason
from adapter.steps import audit as books
from adapter.steps.audit import Verdict


@click.group()
def audit() -> None:
    """Kiểm tra sổ.

    Check the ledger.

    Ví dụ / Example: motcua audit verify
    """


@audit.command()
@json_option
@pass_session
def verify(session: Session, as_json: bool) -> None:
    """Đọc lại từng dòng sổ, tính lại chuỗi niêm phong và chỉ ra mọi chỗ không khớp.

    Re-read every entry and every seal and name what does not fit. Exit code 1 when something does not. Until a
    checkpoint has been copied outside this server, this binds no administrator of it.

    Ví dụ / Example: motcua audit verify --json
    """
    with session.books() as store:
        verdict = books.verify(store)
    if as_json:
        print_json({"whole": verdict.whole, **_facts_of(verdict)})
    else:
        _print_verdict(verdict)
    if not verdict.whole:
        raise BookError(f"sổ không khớp: {len(verdict.breaks)} chỗ đứt, {len(verdict.strays)} dòng lạc")


@click.command()
@click.option(
    "--day", type=click.DateTime(["%Y-%m-%d", "%d/%m/%Y"]), help="Ngày theo giờ Việt Nam. / A Vietnam civil day."
)
@json_option
@pass_session
def balance(session: Session, day: datetime | None, as_json: bool) -> None:
    """Bảng cân đối: mỗi việc phải báo nằm đúng một mục, số dư phải bằng không.

    The balance sheet, recomputed from the ledger: every obligation in exactly one bucket. Exit code 1 when the
    remainder is not zero.

    Ví dụ / Example: motcua balance --day 2026-11-23
    """
    civil: date | None = day.date() if day else None
    with session.books() as store:
        sheet = books.balance(store, civil)
    if as_json:
        _print_sheet_as_json(sheet)
    else:
        _print_sheet(sheet)
    if sheet.remainder:
        raise BookError(f"số dư {sheet.remainder}, đáng lẽ bằng không")


def _facts_of(verdict: Verdict) -> dict[str, object]:
    return {
        "sealed": verdict.sealed,
        "root": verdict.root,
        "unsealed": verdict.unsealed,
        "oldest_unsealed": verdict.oldest_unsealed,
        "breaks": [{"seq": gap.seq, "what": gap.what} for gap in verdict.breaks],
        "strays": list(verdict.strays),
    }


def _print_verdict(verdict: Verdict) -> None:
    print_facts(
        [
            ("Đã niêm phong", f"{verdict.sealed} dòng"),
            ("Gốc Merkle", verdict.root),
            ("Chưa niêm phong", f"{verdict.unsealed} dòng, cũ nhất {when(verdict.oldest_unsealed)}"),
            *((f"Đứt tại {gap.seq}", gap.what) for gap in verdict.breaks),
            *(("Dòng lạc", stray) for stray in verdict.strays),
        ]
    )


def _print_sheet_as_json(sheet: Sheet) -> None:
    lines = [
        {"day": line.day, "office": line.office, "procedure": line.procedure, **{b.value: n for b, n in counts.items()}}
        for line, counts in sheet.lines.items()
    ]
    print_json(
        {
            "obligations": sheet.obligations,
            "buckets": {bucket.value: sheet.buckets[bucket] for bucket in Bucket},
            "skipped": sheet.skipped,
            "remainder": sheet.remainder,
            "differences": sheet.differences,
            "lines": lines,
        }
    )


def _print_sheet(sheet: Sheet) -> None:
    rows = [(BUCKETS[bucket], str(sheet.buckets[bucket])) for bucket in Bucket]
    rows += [(f"  {SKIPS[SkipReason(reason)]}", str(count)) for reason, count in sorted(sheet.skipped.items())]
    rows += [("Tổng số việc phải báo", str(sheet.obligations)), ("Số dư", str(sheet.remainder))]
    print_table(("Mục", "Số lượng"), rows)
    for difference in sheet.differences:
        click.echo(f"motcua: {difference}", err=True)
