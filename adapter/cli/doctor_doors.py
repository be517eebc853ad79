"""Check-ups of the doors that lead outside: the one-stop system, and Zalo. They read and send nothing."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial

from adapter.cli.checkup import Finding, Level
from adapter.cli.output import since, when
from adapter.cli.session import Session
from adapter.cli.words import TOKENS
from adapter.errors import SourceError, TokenLostError
from adapter.model import Interval, Rulebook, SendingMode, TokenState
from adapter.wiring.books import open_alarm, utc_now
from adapter.wiring.fittings import SeenTemplate, open_inspector, open_source, open_tokens

EMPTY = timedelta(seconds=1)
"""As short as a window can be."""

FAR_OFF = 30.0
"""Seconds between our clock and the one-stop's beyond which windows miss rows that are stamped late."""

NEW_TOKEN = "motcua zalo token set"  # noqa: S105 - a command, not a secret

WAY_OUT = "kiểm tra đường ra Internet, DNS, tường lửa, zalo.proxy; rồi chạy lại: motcua doctor"


def onestop(session: Session) -> Iterator[Finding]:
    """The WSDL can be read, the endpoint answers an empty window, and lets us in; its clock is like ours."""
    say = partial(Finding, door="onestop")
    rulebook = session.rulebook()
    spec = rulebook.source
    source = open_source(session.settings, spec)
    yield say(level=Level.OK, said="WSDL đọc được và khớp với source.yaml", english="the WSDL fits source.yaml")
    now = utc_now()
    try:
        for _ in source.changes(Interval(start=now - EMPTY, end=now), spec.partitions[0]):
            pass
        skew = source.skew()
    except SourceError as error:
        yield say(
            level=Level.BROKEN,
            said=f"không đọc được: {error}",
            english=f"cannot be read: {error.fault}",
            todo="kiểm tra máy chủ một cửa, đường truyền và tài khoản trong [onestop]",
        )
        return
    finally:
        source.close()
    yield say(level=Level.OK, said="trả lời và cho đăng nhập", english="answers and lets us in")
    if skew is not None and abs(skew) > FAR_OFF:
        yield say(
            level=Level.LOOK,
            said=f"đồng hồ máy này lệch {skew:.0f} giây so với máy chủ một cửa",
            english=f"our clock is {skew:.0f} s off the one-stop's",
            todo="đồng bộ giờ (NTP) cả hai bên, hoặc tăng overlap và settle_lag trong source.yaml",
        )


def token(session: Session) -> Iterator[Finding]:
    """There is a pair, it lives, and it is being kept fresh."""
    say = partial(Finding, door="token")
    with session.store() as store:
        snapshot = store.read(lambda tx: tx.snapshot())
    pair, at = snapshot.token, snapshot.at
    if pair is None:
        off = session.settings.sending.mode is SendingMode.OFF
        level = Level.LOOK if off else Level.BROKEN
        yield say(level=level, said="chưa có cặp mã", english="there is no token pair", todo=NEW_TOKEN)
        return
    dead = pair.state is TokenState.LOST or pair.expires_at <= at
    doubtful = pair.state is TokenState.REFRESHING
    yield say(
        level=Level.BROKEN if dead else Level.LOOK if doubtful else Level.OK,
        said=f"{TOKENS[pair.state]}, cấp {since(pair.issued_at, at)}, hết hạn {when(pair.expires_at)}",
        english=f"{pair.state}, issued {pair.issued_at:%Y-%m-%d %H:%M}Z, expires {pair.expires_at:%Y-%m-%d %H:%M}Z",
        todo=NEW_TOKEN if dead else f"đợi một phút rồi khám lại; vẫn vậy thì: {NEW_TOKEN}" if doubtful else "",
    )


def account(session: Session) -> Iterator[Finding]:
    """Both of Zalo's hosts answer and take our token; what is left of the day."""
    say = partial(Finding, door="zalo")
    access = _access(session)
    if not access:
        yield say(level=Level.LOOK, said="chưa hỏi được vì chưa có mã", english="not asked: no token", todo=NEW_TOKEN)
        return
    found = open_inspector(session.settings, access).account()
    for host, code in (("OA", found.oa_code), ("ZBS", found.zbs_code)):
        good = code == "0"
        yield say(
            level=Level.OK if good else Level.BROKEN,
            said=f"{host} trả lời và nhận mã" if good else f"{host} trả {code}",
            english=f"{host} answers and takes the token" if good else f"{host} says {code}",
            todo="" if good else "kiểm tra đường ra Internet, quyền của ứng dụng và cặp mã (motcua zalo token show)",
        )
    if found.verified is False:
        yield say(level=Level.BROKEN, said="OA chưa xác thực", english="the OA is not verified", todo="xác thực OA")
    if found.left is not None:
        empty = found.left <= 0
        yield say(
            level=Level.LOOK if empty else Level.OK,
            said=f"hôm nay còn {found.left}/{found.daily} tin theo số điện thoại",
            english=f"{found.left} of {found.daily} phone messages left today",
            todo="tin chờ sẽ được gửi sau nửa đêm; xin Zalo nâng hạn mức nếu thường xuyên" if empty else "",
        )


def templates(session: Session) -> Iterator[Finding]:
    """Every template of the mapping exists, is enabled and takes our parameters; with its price."""
    say = partial(Finding, door="templates")
    rulebook: Rulebook = session.rulebook()
    access = _access(session)
    if not access:
        yield say(level=Level.LOOK, said="chưa hỏi được vì chưa có mã", english="not asked: no token", todo=NEW_TOKEN)
        return
    for seen in open_inspector(session.settings, access).templates(rulebook):
        wrong = _wrong(seen)
        phone, uid = seen.price or "?", seen.price_uid or "?"
        yield say(
            level=Level.OK if seen.fits else Level.BROKEN,
            said=f"{seen.name} ({seen.template_id}): " + ("; ".join(vi for vi, _ in wrong) or f"{phone}đ, uid {uid}đ"),
            english=f"{seen.name}: " + ("; ".join(en for _, en in wrong) or f"fits, {phone} VND, uid {uid} VND"),
            todo="" if seen.fits else "sửa templates.yaml hoặc mẫu tin trên Zalo, rồi: motcua mapping check",
        )


def _wrong(seen: SeenTemplate) -> list[tuple[str, str]]:
    """What differs, Vietnamese and English."""
    if seen.code != "0":
        return [(f"Zalo trả {seen.code}", f"Zalo says {seen.code}")]
    wrong = [] if seen.fits or seen.status == "ENABLE" else [(f"trạng thái {seen.status}", f"status {seen.status}")]
    for names, vi, en in (
        (seen.lacking, "thiếu tham số", "lacks"),
        (seen.extra, "thừa tham số", "has too many:"),
        (seen.longer, "max_length lớn hơn Zalo cho phép:", "max_length above Zalo's:"),
    ):
        if names:
            wrong.append((f"{vi} {', '.join(names)}", f"{en} {', '.join(names)}"))
    return wrong


def _access(session: Session) -> str:
    """The access token; empty when there is none to use."""
    with session.store() as store:
        alarm = open_alarm(session.settings, store)
        try:
            return open_tokens(session.settings, store, alarm).access()
        except TokenLostError:
            return ""
