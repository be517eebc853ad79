"""Trouble at the two doors: everything the one-stop and Zalo can do to the adapter."""

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from adapter.simulators.zalo.faults import PHONE_PATH, TOKEN_PATH, Fault
from adapter.simulators.zalo.server import ZaloServer
from tests.towns import Town
from tests.week.chaos import Trouble

ONE_POLL = timedelta(minutes=3)
"""For trouble that costs real seconds at each call: a window that is not proven is asked for down to its minutes."""

DAILY_QUOTA = 20_000

ONESTOP_SLOW, ZALO_SLOW = 1.2, 0.9
"""Real seconds, each longer than the adapter waits there (``tests.week.trial``)."""


def onestop_troubles(town: Town, resent: int) -> list[Trouble]:
    """The one-stop away, slow, broken, lying, re-sending, living in another time."""
    panel, province = town.province.knobs, town.province.province

    def knobs(kind: str, longest: timedelta = timedelta(hours=2), **positions: Any) -> Trouble:
        resting = {name: getattr(type(panel.standing)(), name) for name in positions}
        return Trouble(
            kind=f"onestop-{kind}",
            count=lambda: town.province.calls()["LayDanhSachHoSo"],
            begin=lambda: panel.turn(**positions),
            end=lambda: panel.turn(**resting),
            longest=longest,
        )

    return [
        knobs("away", status=503),
        knobs("hangs-up", drop=True),
        knobs("slow", ONE_POLL * 3, latency=ONESTOP_SLOW),
        knobs("fault", fault_in_200=True),
        knobs("busy", error_code=9),
        knobs("login-page", html_page=True),
        knobs("bad-character", control_character=True),
        knobs("entity-bomb", dtd="laughs"),
        knobs("truncated", truncate_after=1500),
        knobs("doubling-rows", ONE_POLL, duplicate_rows=2),
        knobs("no-total", missing_total=True, gzip=True),
        knobs("clock-behind", clock_skew=-17 * 60.0),
        knobs("clock-ahead", clock_skew=11 * 60.0),
        Trouble(
            kind="onestop-resends",
            count=lambda: sum(moment.kind == "touch" for moment in province.timeline()),
            begin=lambda: panel.next("LayDanhSachHoSo", resend=resent),
        ),
    ]


class ZaloTroubles:
    """Zalo away, slow, refusing, forgetful; its tokens, templates and money."""

    def __init__(self, town: Town, ticks: Callable[[], int]) -> None:
        self._zalo, self._ticks = town.zalo, ticks
        self._ordered: Counter[str] = Counter()
        self._orders: dict[str, list[Fault]] = {}

    def all(self) -> list[Trouble]:
        """Every trouble but the day's quota."""
        codes = self._refusals
        return [
            Trouble(kind="zalo-away", count=self._ticks, begin=self._unplug, end=self._plug, longest=ONE_POLL * 10),
            self._order("slow", 2, Fault(kind="delay", seconds=ZALO_SLOW)),
            self._order("resets", 4, Fault(kind="close")),
            self._order("answer-dropped", 5, Fault(kind="close", after=True)),
            self._order("answer-truncated", 3, Fault(kind="truncate")),
            self._order("answer-odd", 4, Fault(kind="numeric_ids")),
            self._order("5xx", 4, Fault(kind="http", status=502)),
            self._order("5xx-after", 3, Fault(kind="http", status=503, after=True)),
            self._order("429", 3, Fault(kind="http", status=429)),
            self._standing("rate", lambda: codes(-32), zbs_per_minute=3),
            self._standing("unwell", lambda: codes(-100, -200), error_rate=0.4),
            self._account("no-money", lambda: codes(-137), balance=0),
            Trouble(kind="zalo-token-dead", count=lambda: codes(-124, -216, -220), begin=self._kill_token),
            Trouble(kind="zalo-token-taken", count=self._denied, begin=self._take_token),
            self._lost_answer(),
            self._template("300002"),
            self._template("300009"),
        ]

    def quota(self) -> Trouble:
        """The day's messages are used up."""

        def run_out() -> None:
            self._set_account(daily_quota=self._zalo.state.account.used_today + 3)

        return Trouble(
            kind="zalo-quota",
            count=lambda: self._refusals(-144),
            begin=run_out,
            end=lambda: self._set_account(daily_quota=DAILY_QUOTA),
        )

    def over(self) -> None:
        """Forget every order that still waits."""
        self._zalo.clear_faults()

    def _order(self, kind: str, times: int, wanted: Fault) -> Trouble:
        orders = self._orders.setdefault(kind, [])

        def begin() -> None:
            order = replace(wanted, path=wanted.path if wanted.path != "*" else PHONE_PATH, times=times)
            orders.append(order)
            self._ordered[kind] += times
            self._zalo._faults.order(order)

        def used() -> int:
            return self._ordered[kind] - sum(order.times for order in orders)

        return Trouble(kind=f"zalo-{kind}", count=used, begin=begin)

    def _standing(self, kind: str, count: Callable[[], int], **positions: Any) -> Trouble:
        state = self._zalo.state
        resting = {name: getattr(state.knobs, name) for name in positions}

        def turn(values: dict[str, Any]) -> None:
            state.knobs = replace(state.knobs, **values)

        return Trouble(
            kind=f"zalo-{kind}",
            count=count,
            begin=lambda: turn(positions),
            end=lambda: turn(resting),
            longest=timedelta(minutes=40),
        )

    def _account(self, kind: str, count: Callable[[], int], **values: Any) -> Trouble:
        return Trouble(
            kind=f"zalo-{kind}",
            count=count,
            begin=lambda: self._set_account(**values),
            end=lambda: self._set_account(balance=100_000_000),
        )

    def _template(self, template_id: str) -> Trouble:
        def put(status: str) -> None:
            with self._zalo.state.lock:
                self._zalo.state.put_templates([{"template_id": template_id, "status": status}])

        return Trouble(
            kind=f"zalo-template-{template_id}",
            count=lambda: sum(
                row["template_id"] == template_id and row["code"] in {-146, -249} for row in self._zalo.refusals()
            ),
            begin=lambda: put("DISABLE"),
            end=lambda: put("ENABLE"),
        )

    def _lost_answer(self) -> Trouble:
        """The access token dies, and the answer that brings the next pair is lost on its way: the pair is gone."""
        lost = self._order("token-answer-lost", 1, Fault(kind="close", path=TOKEN_PATH, after=True))

        def begin() -> None:
            lost.begin()
            self._kill_token()

        return replace(lost, begin=begin)

    def _kill_token(self) -> None:
        state = self._zalo.state
        with state.lock:
            pair = state.tokens.current
            assert pair is not None
            state.tokens._access[pair.access_token].ended = state.clock.now() - 1

    def _take_token(self) -> None:
        """Somebody else uses the app's tokens: ours are dead, both of them."""
        self._zalo.issue_tokens()

    def _denied(self) -> int:
        return sum(row["path"] == TOKEN_PATH for row in self._zalo.refusals())

    def _refusals(self, *codes: int) -> int:
        return sum(row["code"] in codes for row in self._zalo.refusals())

    def _set_account(self, **values: Any) -> None:
        with self._zalo.state.lock:
            self._zalo.state.roll_day()
            self._zalo.state.account = replace(self._zalo.state.account, **values)

    def _unplug(self) -> None:
        """Nobody listens any more: connections are refused."""
        server = self._zalo._server
        server.shutdown()
        self._zalo._thread.join()
        server.hang_up()
        server.server_close()

    def _plug(self) -> None:
        old = self._zalo._server
        host, port = old.server_address[:2]
        server = ZaloServer((str(host), int(port)), old.platform, old.control)
        self._zalo._server = server
        self._zalo._thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        self._zalo._thread.start()
