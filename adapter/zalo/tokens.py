"""``ports.TokenKeeper``: keeps the one access token alive that opens both of Zalo's hosts.

What makes it delicate (zalo.md 1.3): a refresh token is good for one use, the new pair kills the old access token at
once, and an answer lost on its way takes the only living pair with it. So

1. one process at a time, by lease; it looks at the store again under the lease, because another may have refreshed;
2. that a refresh token is about to be spent is written down before the request (REFRESHING);
3. the new pair is in the store before anybody uses it;
4. no answer: the old access token is used while it lives, and the old refresh token is tried again after a back-off,
   because the request may have been lost before it reached Zalo. A process that died in the middle counts as this;
5. an answer without a pair: LOST. An alarm asks a person; the refresh token is never sent again.
"""

import contextlib
import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

import httpx

from adapter.errors import TokenLostError
from adapter.model import TokenPair, TokenState
from adapter.ports import Alarm, Clock, Store
from adapter.zalo.bugs import note_bug
from adapter.zalo.oauth import Granted, NoAnswer, Outcome, TokenEndpoint, require_pair
from adapter.zalo.refusals import FRESH_FOR
from adapter.zalo.settings import Zalo
from adapter.zalo.token_book import Begun, TokenBook
from adapter.zalo.token_life import (
    FIRST_BACK_OFF,
    after,
    back_off,
    granted_pair,
    is_due,
    nearly_over,
    pasted_pair,
)

log = logging.getLogger(__name__)

LOST_ALARM: Final = "zalo-token-lost"
LATE_ALARM: Final = "zalo-token-late"

LOST_SENTENCE: Final = (
    "Zalo không nhận mã làm mới (refresh token) của ứng dụng nữa: xin cấp quyền lại trên trang Zalo Developers "
    "rồi chạy `motcua zalo token set`. Tin chưa gửi vẫn được giữ trong hàng đợi."
)
LATE_SENTENCE: Final = (
    "Chưa làm mới được mã truy cập Zalo, mã đang dùng sắp hết hạn hoặc đã bị từ chối: kiểm tra đường mạng từ máy chủ "
    "đến máy chủ cấp mã của Zalo. Chương trình tự thử lại; nếu kéo dài, xin cấp quyền lại rồi chạy "
    "`motcua zalo token set`."
)

RELOAD_EVERY = timedelta(seconds=3)
"""How long another process's new pair, or a person's, may go unnoticed here."""

_ALWAYS = datetime.min.replace(tzinfo=UTC)


class Keeper:
    """Keeps the pair of one app (``settings.app_id``). Safe for many threads and for many processes on one store."""

    def __init__(
        self,
        *,
        store: Store,
        settings: Zalo,
        alarm: Alarm,
        clock: Clock,
        owner: str,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._book = TokenBook(store, settings.app_id, owner, settings.total_timeout)
        self._endpoint = TokenEndpoint(settings, transport)
        self._alarm = alarm
        self._clock = clock
        self._spending = threading.Lock()  #: held over a refresh; ``access`` never waits for it
        self._cached: tuple[TokenPair | None, datetime] = (None, _ALWAYS)
        self._refused: tuple[str, datetime] = ("", _ALWAYS)  #: a token Zalo refused, and until when we believe it
        self._not_before = _ALWAYS
        self._unsaved: tuple[Begun, TokenPair] | None = None

    def access(self) -> str:
        """The access token to use now; never one that has expired.

        Raises TokenLostError when there is none that Zalo would take, and StoreError.
        """
        now = self._clock()
        pair, loaded_at = self._cached
        if pair is None or abs(now - loaded_at) >= RELOAD_EVERY:
            pair = self._load()
        if pair is None:
            raise TokenLostError("there is no Zalo token yet")
        if now >= pair.expires_at:
            raise TokenLostError("the Zalo access token has expired")
        refused, until = self._refused
        if pair.access == refused and now < until:
            raise TokenLostError("Zalo refuses the access token")
        return pair.access

    def rejected(self, token: str) -> None:
        """Zalo did not accept this token: refresh once, unless a newer one is there already.

        A pair only minutes old is not refreshed for this: then not its age is wrong, and spending pairs would not
        help. The token is withheld for some minutes instead. Raises StoreError.
        """
        with self._spending:
            self._save()
            pair = self._load()
            if pair is None or pair.access != token:
                return
            now = self._clock()
            if pair.refreshing_since is not None and now < pair.refreshing_since + FIRST_BACK_OFF:
                return  # another process may be refreshing this moment; until then the old token is refused harmlessly
            if not self._may_spend(pair, now) or now - pair.issued_at < FRESH_FOR:
                self._refused = (token, now + FRESH_FOR)
            elif self._spend(pair):
                self._withhold(token)

    def refresh_if_due(self) -> None:
        """Refresh past half-life. Never raises: a fault becomes an alarm."""
        try:
            with self._spending:
                self._save()
                pair, now = self._load(), self._clock()
                if pair is not None and self._wants_new(pair, now) and self._may_spend(pair, now):
                    self._spend(pair)
        except Exception as error:  # noqa: BLE001 - the promise of the port
            note_bug(error)
            with contextlib.suppress(Exception):  # the alarm is kept in the same store that may be away
                self._alarm.raise_(LATE_ALARM, LATE_SENTENCE)

    def exchange(self, code: str, verifier: str = "") -> TokenPair:
        """Spend the code of a new consent and store the pair; ``verifier`` only where PKCE was used.

        Raises TokenLostError when Zalo gives no pair: the code is then spent or too old, and a new consent is needed.
        """
        with self._spending:
            asked_at = self._clock()
            outcome = self._endpoint.exchange(code, verifier)
            if not isinstance(outcome, Granted):
                raise TokenLostError(f"Zalo gave no token ({outcome.code}); a new consent is needed")
            return self._take(partial(granted_pair, outcome, asked_at=asked_at))

    def set_pair(self, access: str, refresh: str) -> TokenPair:
        """Store a pair that a person copied from Zalo's API Explorer, unasked; it serves at once.

        The next ``refresh_if_due`` makes it a pair of our own. Raises ConfigError when a part cannot be a token.
        """
        require_pair(access, refresh)
        with self._spending:
            return self._take(lambda generation: pasted_pair(access, refresh, generation, self._clock()))

    def adopt(self, access: str, refresh: str) -> TokenPair | None:
        """Have Zalo make a pasted pair one of our own; what was pasted is spent then.

        None: Zalo did not answer; the pasted pair is stored, and the next ``refresh_if_due`` asks again. Raises
        TokenLostError when Zalo does not take it, and ConfigError when a part cannot be a token: the pair we have stays
        as it is, for one that serves is worth more than a wrong one.
        """
        require_pair(access, refresh)
        with self._spending:
            asked_at = self._clock()
            outcome = self._endpoint.refresh(refresh)
            if isinstance(outcome, Granted):
                return self._take(partial(granted_pair, outcome, asked_at=asked_at))
        if not isinstance(outcome, NoAnswer):
            raise TokenLostError(f"Zalo does not take this refresh token ({outcome.code})")
        self.set_pair(access, refresh)
        return None

    def _take(self, make: Callable[[int], TokenPair]) -> TokenPair:
        pair = self._book.replace(make)
        self._unsaved, self._not_before = None, _ALWAYS
        self._cached = (pair, self._clock())
        self._clear_alarms()
        return pair

    def _load(self) -> TokenPair | None:
        pair = self._book.load()
        self._cached = (pair, self._clock())
        return pair

    def _wants_new(self, pair: TokenPair, now: datetime) -> bool:
        refused = pair.access == self._refused[0] and now - pair.issued_at >= FRESH_FOR
        return refused or is_due(pair, now)

    def _may_spend(self, pair: TokenPair, now: datetime) -> bool:
        if pair.state is TokenState.LOST or now < self._not_before:
            return False
        return pair.refreshing_since is None or now >= pair.refreshing_since + FIRST_BACK_OFF

    def _spend(self, pair: TokenPair) -> bool:
        """Refresh under the lease; False when another process does, or has done, it."""
        asked_at = self._clock()
        begun = self._book.begin(pair.generation, asked_at)
        if begun is None:
            self._load()
            return False
        outcome = self._ask(begun, asked_at)
        log.info("token.refresh", extra={"code": outcome.code})
        if isinstance(outcome, NoAnswer):
            self._not_before = self._clock() + back_off(begun.pair, self._clock())
        self._unsaved = (begun, after(outcome, begun.pair, doubtful=begun.doubtful, asked_at=asked_at))
        self._save()
        return True

    def _ask(self, begun: Begun, asked_at: datetime) -> Outcome:
        """Spend the refresh token, unless this process stood still since it took the lease.

        Another may have spent it by then; Zalo would refuse it, and that would ring as a pair lost.
        """
        if (self._clock() - asked_at).total_seconds() > self._book.request_seconds:
            return NoAnswer(code="late", never_left=False)
        return self._endpoint.refresh(begun.pair.refresh)

    def _save(self) -> None:
        """Store what the last refresh brought. When the store is away it is kept here and saved on the next call."""
        if self._unsaved is None:
            return
        begun, become = self._unsaved
        kept = self._book.end(begun, become)
        self._unsaved = None
        self._load()
        if kept:
            self._tell(become, new=become.generation > begun.pair.generation)

    def _withhold(self, token: str) -> None:
        """Zalo refused this token and a refresh was tried: if no new one came, nobody may use the old one for now."""
        pair, now = self._cached[0], self._clock()
        if pair is not None and pair.access == token:
            self._refused = (token, now + FRESH_FOR)
            if pair.state is not TokenState.LOST:
                self._alarm.raise_(LATE_ALARM, LATE_SENTENCE)

    def _tell(self, pair: TokenPair, *, new: bool) -> None:
        if pair.state is TokenState.LOST:
            self._alarm.raise_(LOST_ALARM, LOST_SENTENCE)
        elif nearly_over(pair, self._clock()):
            self._alarm.raise_(LATE_ALARM, LATE_SENTENCE)
        elif new:
            self._clear_alarms()

    def _clear_alarms(self) -> None:
        for key in (LOST_ALARM, LATE_ALARM):
            self._alarm.clear(key)
