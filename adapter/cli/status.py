"""``motcua status``: the state of things at one glance."""

from collections import Counter
from datetime import datetime, timedelta

import click

from adapter.cli.output import print_facts, print_json, shown, since, when
from adapter.cli.session import Session, json_option, pass_session
from adapter.cli.words import BUCKETS, SCOPES, TOKENS
from adapter.core.outcome import BUCKETS as BUCKET_OF
from adapter.model import Bucket, Snapshot, TokenState
from adapter.wiring.books import oldest_due

STALE = timedelta(hours=1)
"""A source unread, or a due message unsent, or an entry unsealed for so long is a matter for a person."""


@click.command()
@click.option(
    "--check", is_flag=True, help="Thoát với mã 1 khi có việc cần người xử lý. / Exit 1 when a person is needed."
)
@json_option
@pass_session
def status(session: Session, check: bool, as_json: bool) -> None:
    """Tình trạng: đã đọc đến đâu, còn bao nhiêu tin, mã Zalo, tạm dừng, cảnh báo.

    How things stand: how far the source is read, messages by bucket, Zalo's token, pauses, alarms, unsealed entries.
    Exit code 0 even when things are bad, unless --check.

    Ví dụ / Example: motcua status --check
    """
    with session.books() as store:
        snapshot, oldest = store.read(lambda tx: tx.snapshot()), oldest_due(session.settings, store)
    worries = needs_a_person(snapshot, oldest)
    if as_json:
        print_json(_facts(snapshot) | {"oldest_due": oldest, "needs_a_person": worries})
    else:
        _print(snapshot, oldest, session.settings.sending.mode.value)
        for worry in worries:
            click.echo(shown(f"! {worry}"))
    if check and worries:
        raise click.exceptions.Exit(1)


def buckets(snapshot: Snapshot) -> Counter[Bucket]:
    """Deliveries and skips by the line of the balance sheet they belong to."""
    counts: Counter[Bucket] = Counter({Bucket.SKIPPED: snapshot.skipped})
    for state, count in snapshot.deliveries.items():
        counts[BUCKET_OF[state]] += count
    return counts


def needs_a_person(snapshot: Snapshot, oldest: datetime | None) -> list[str]:
    """What a person should look at now, one Vietnamese sentence each; empty when all is well.

    ``oldest``: since when the oldest message has been due that could go now.
    """
    at, counts = snapshot.at, buckets(snapshot)
    worries = [f"Cảnh báo {raised.key}: {raised.sentence}" for raised in snapshot.alarms]
    if not snapshot.sources:
        worries.append("Chưa đọc nguồn nào lần nào.")
    worries += [
        f"Nguồn {source.source}: lần đọc trọn gần nhất {since(source.last_done_at, at)}."
        for source in snapshot.sources
        if source.last_done_at is None or at - source.last_done_at > STALE
    ]
    if counts[Bucket.HELD]:
        worries.append(f"{counts[Bucket.HELD]} tin tạm giữ: xem `motcua messages list --state held`.")
    if oldest and at - oldest > STALE:
        worries.append(f"Có tin gửi được từ {since(oldest, at)} mà chưa gửi.")
    if snapshot.token and (snapshot.token.state is TokenState.LOST or snapshot.token.expires_at <= at):
        worries.append("Mã truy cập Zalo không còn dùng được: `motcua zalo token set`.")
    if snapshot.oldest_unsealed and at - snapshot.oldest_unsealed > STALE:
        worries.append(f"Sổ chưa niêm phong từ {when(snapshot.oldest_unsealed)}.")
    return worries


def _print(snapshot: Snapshot, oldest: datetime | None, mode: str) -> None:
    at, counts, token = snapshot.at, buckets(snapshot), snapshot.token
    facts = [("Lúc", when(at)), ("Chế độ gửi", mode)]
    for source in snapshot.sources:
        read = f"đọc trọn {since(source.last_done_at, at)}, đã đọc đến {when(source.read_until)}"
        facts.append((f"Nguồn {source.source}", f"{read}{', lỗi: ' if source.last_fault else ''}{source.last_fault}"))
    facts += [(BUCKETS[bucket].capitalize(), str(counts[bucket])) for bucket in Bucket]
    facts.append(("Tin gửi được mà chờ lâu nhất", since(oldest, at)))
    facts.append(("Mã Zalo", f"{TOKENS[token.state]}, {since(token.expires_at, at)}" if token else "chưa có"))
    facts += [
        ("Tạm dừng", f"{SCOPES[pause.scope]} {pause.name} từ {when(pause.since)}, {pause.by}: {pause.reason}")
        for pause in snapshot.pauses
    ]
    facts.append(("Sổ chưa niêm phong", f"{snapshot.unsealed} dòng, cũ nhất {since(snapshot.oldest_unsealed, at)}"))
    print_facts(facts)


def _facts(snapshot: Snapshot) -> dict[str, object]:
    counts, token = buckets(snapshot), snapshot.token
    return {
        "at": snapshot.at,
        "sources": snapshot.sources,
        "buckets": {bucket.value: counts[bucket] for bucket in Bucket},
        "states": snapshot.deliveries,
        "token": token and {"state": token.state, "issued_at": token.issued_at, "expires_at": token.expires_at},
        "pauses": snapshot.pauses,
        "alarms": snapshot.alarms,
        "unsealed": snapshot.unsealed,
        "oldest_unsealed": snapshot.oldest_unsealed,
    }
