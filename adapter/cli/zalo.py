"""``motcua zalo token``: the OAuth pair. Tokens come from files or standard input, never from arguments."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol, TextIO

import click

from adapter.cli.failures import Failure
from adapter.cli.output import print_facts, print_json, since, when
from adapter.cli.session import Session, by_option, json_option, pass_session
from adapter.cli.words import TOKENS
from adapter.errors import ConfigError, TokenLostError
from adapter.model import TokenPair, TokenState
from adapter.ports import Store, TokenKeeper
from adapter.steps import intervene
from adapter.wiring.books import open_alarm
from adapter.wiring.fittings import open_tokens

_REFUSED = (
    "Zalo không nhận refresh token này; cặp mã đang dùng (nếu có) vẫn giữ nguyên: "
    "lấy cặp mã mới từ API Explorer rồi chạy lại lệnh này"
)


@click.group()
def zalo() -> None:
    """Kết nối với Zalo.

    The connection to Zalo.

    Ví dụ / Example: motcua zalo token show
    """


@zalo.group()
def token() -> None:
    """Cặp mã truy cập của ứng dụng Zalo.

    The token pair of the Zalo app. Tokens are never taken from the command line, where others could read them.

    Ví dụ / Example: motcua zalo token set --file tokens.json
    """


@token.command("set")
@click.option(
    "--file", type=click.File("r", encoding="utf-8"), help="JSON của Zalo, hoặc hai dòng. / Zalo's JSON, or two lines."
)
@by_option
@pass_session
def set_(session: Session, file: TextIO | None, by: str) -> None:
    """Ghi cặp mã lấy từ API Explorer của Zalo (access token và refresh token), làm mới ngay.

    Take over a pair from Zalo's API Explorer: JSON with access_token and refresh_token, or one a line, from a file or
    from standard input; on a terminal it asks. It is refreshed at once, so that from here on only this program knows
    the pair; what was pasted is spent then. Exit code 1 when Zalo does not take it: the pair in use stays as it is.

    Ví dụ / Example: motcua zalo token set < tokens.json
    """
    _require_app(session)
    access, refresh = _pair_from(_text(file) if file or not sys.stdin.isatty() else None)
    with _keeper(session) as (store, keeper):
        try:
            pair = keeper.adopt(access, refresh)
        except TokenLostError as error:
            raise Failure([_REFUSED]) from error
        intervene.consent(store, "token.set", by)
        stored = pair or store.read(lambda tx: tx.snapshot().token)
    if stored:
        _tell(stored)
    if pair is None:
        click.echo(
            "! chưa làm mới được cặp mã vì máy chủ cấp mã của Zalo không trả lời; tiến trình nền sẽ làm", err=True
        )


@token.command()
@click.option("--verifier-file", type=click.File("r"), help="Tệp chứa code_verifier, nếu dùng PKCE. / PKCE verifier.")
@by_option
@pass_session
def exchange(session: Session, verifier_file: TextIO | None, by: str) -> None:
    """Đổi mã ủy quyền (code) lấy cặp mã; mã được hỏi hoặc đọc từ đầu vào chuẩn.

    Exchange the authorisation code of a new consent for a pair. The code is asked for or read from standard input.

    Ví dụ / Example: motcua zalo token exchange < code.txt
    """
    _require_app(session)
    code = click.prompt("code", hide_input=True, err=True) if sys.stdin.isatty() else sys.stdin.read()
    verifier = verifier_file.read().strip() if verifier_file else ""
    with _keeper(session) as (store, keeper):
        pair = keeper.exchange(code.strip(), verifier)
        intervene.consent(store, "token.exchanged", by)
    _tell(pair)


@token.command()
@pass_session
def refresh(session: Session) -> None:
    """Làm mới cặp mã nếu đã quá nửa thời hạn, như tiến trình nền vẫn làm.

    Refresh the pair if it is past half of its life, as the daemon does. Exit code 1 when no living pair stands then.

    Ví dụ / Example: motcua zalo token refresh
    """
    with _keeper(session) as (store, keeper):
        keeper.refresh_if_due()
        keeper.access()  # raises TokenLostError when no living pair stands
        pair = store.read(lambda tx: tx.snapshot().token)
    if pair and pair.state is TokenState.LOST:  # its access token may still serve for hours, and then nothing does
        raise Failure([f"cặp mã đã mất, chỉ dùng được đến {when(pair.expires_at)}: motcua zalo token set"])
    if pair:
        _tell(pair)


@token.command()
@json_option
@pass_session
def show(session: Session, as_json: bool) -> None:
    """Xem tuổi và thời hạn của cặp mã; không bao giờ in mã.

    Show the age and the end of the pair; never the tokens. Exit code 1 when there is none.

    Ví dụ / Example: motcua zalo token show --json
    """
    with session.store() as store:
        snapshot = store.read(lambda tx: tx.snapshot())
    pair = snapshot.token
    if pair is None:
        raise Failure(["chưa có cặp mã nào; hãy chạy `motcua zalo token set`"])
    if as_json:
        facts = {"state": pair.state, "generation": pair.generation, "issued_at": pair.issued_at}
        print_json(facts | {"expires_at": pair.expires_at})
        return
    print_facts(
        [
            ("Trạng thái", TOKENS[pair.state]),
            ("Cấp lúc", f"{when(pair.issued_at)} ({since(pair.issued_at, snapshot.at)})"),
            ("Hết hạn", f"{when(pair.expires_at)} ({since(pair.expires_at, snapshot.at)})"),
            ("Lần cấp", str(pair.generation)),
        ]
    )


class _Keeper(TokenKeeper, Protocol):
    """What a person may do with the pair, beside what the engine does."""

    def adopt(self, access: str, refresh: str) -> TokenPair | None:
        """Make a pair from the API Explorer ours; None: not yet. Raises TokenLostError and ConfigError."""

    def exchange(self, code: str, verifier: str = "") -> TokenPair:
        """Spend the code of a new consent. Raises TokenLostError."""


@contextmanager
def _keeper(session: Session) -> Iterator[tuple[Store, _Keeper]]:
    with session.store() as store:
        alarm = open_alarm(session.settings, store)
        yield store, open_tokens(session.settings, store, alarm)


def _require_app(session: Session) -> None:
    """Without these Zalo would refuse, and a refused refresh token counts as lost. Raises ConfigError."""
    zalo = session.settings.zalo
    has = {"app_id": zalo.app_id, "app_secret": zalo.app_secret.get_secret_value()}
    missing = [f"zalo.{name}: cần có trước khi ghi mã truy cập" for name, text in has.items() if not text]
    if missing:
        raise ConfigError(missing)


def _text(file: TextIO | None) -> str:
    return file.read() if file else sys.stdin.read()


def _pair_from(text: str | None) -> tuple[str, str]:
    if text is None:
        return _asked("access token"), _asked("refresh token")
    try:
        found = json.loads(text)
    except ValueError:
        found = dict(zip(("access_token", "refresh_token"), text.split(), strict=False))
    if not isinstance(found, dict) or not all(found.get(key) for key in ("access_token", "refresh_token")):
        raise Failure(["cần cả access_token và refresh_token (JSON, hoặc mỗi mã một dòng)"])
    return str(found["access_token"]), str(found["refresh_token"])


def _asked(name: str) -> str:
    return str(click.prompt(name, hide_input=True, err=True)).strip()


def _tell(pair: TokenPair) -> None:
    click.echo(f"{TOKENS[pair.state]}, hết hạn {when(pair.expires_at)}")
