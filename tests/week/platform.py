"""Trouble at Zalo's door: away, slow, refusing, forgetful; its tokens, templates and money."""

import random
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from adapter.simulators.zalo.faults import PHONE_PATH, TOKEN_PATH, Fault
from adapter.simulators.zalo.server import ZaloServer
from tests.towns import Town
from tests.week.chaos import Trouble
from tests.week.hands import Hands
from tests.week.witness import Witness

DAILY_QUOTA = 20_000

HALF_AN_HOUR = timedelta(minutes=30)

ZALO_SLOW = 0.9
"""Real seconds, longer than the adapter waits there (``tests.week.plan``)."""

SHAPES: Mapping[str, Sequence[object]] = {
    "uid_shape": ("nested", "top"),
    "uid_template_codes": ("zbs", "oa"),
    "stale_token_code": (-220, -216),
    "no_money_code": (-137, -115),
    "failure_data": ("null", "absent", "empty"),
    "token_error_shape": ("http200_name", "http200_numeric", "http400"),
    "night_tag1": ("22-06", "22-07"),
    "night_tag2": ("22-06", "22-07"),
    "night_tag3": ("22-06", "22-07"),
    "grace_seconds": (0.0, 30.0),
}
"""Where the sources conflict: the positions of the imitation's knobs, of which the seed draws one each."""


def shape(town: Town, seed: int) -> None:
    """Let this Zalo be one of those that the sources allow, with its night closed."""
    chance = random.Random(f"shape{seed}")
    drawn: dict[str, Any] = {name: chance.choice(positions) for name, positions in SHAPES.items()}
    with town.zalo.state.lock:
        town.zalo.state.knobs = replace(town.zalo.state.knobs, **drawn)


class ZaloTroubles:
    """Everything that Zalo can do to the adapter."""

    def __init__(self, town: Town, ticks: Callable[[], int], hands: Hands, witness: Witness) -> None:
        self._zalo, self._ticks, self._hands, self._witness = town.zalo, ticks, hands, witness
        self._ordered: Counter[str] = Counter()
        self._orders: dict[str, list[Fault]] = {}
        self._gone = hands.now()

    def all(self) -> list[Trouble]:
        """Every trouble but the day's quota."""
        codes = self._refusals
        return [
            Trouble(kind="zalo-away", count=self._ticks, begin=self._unplug, end=self._plug, longest=HALF_AN_HOUR),
            self._order("slow", 2, Fault(kind="delay", seconds=ZALO_SLOW)),
            self._order("resets", 4, Fault(kind="close")),
            self._order("answer-dropped", 5, Fault(kind="close", after=True)),
            self._order("answer-truncated", 3, Fault(kind="truncate")),
            self._order("answer-odd", 4, Fault(kind="numeric_ids")),
            self._order("5xx", 4, Fault(kind="http", status=502)),
            self._order("5xx-after", 3, Fault(kind="http", status=503, after=True)),
            self._order("429", 3, Fault(kind="http", status=429)),
            self._order("no-calls-left", 2, Fault(kind="rate_zero")),
            self._standing("rate", lambda: codes(-32), zbs_per_minute=1),
            self._standing("unwell", lambda: codes(-100, -200), error_rate=0.4),
            self._account("no-money", lambda: codes(-137, -115, -321), balance=0),
            Trouble(kind="zalo-token-dead", count=lambda: codes(-124, -216, -220), begin=self._kill_token),
            self._token_taken(),
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

    def _token_taken(self) -> Trouble:
        """Somebody else uses the app's tokens: ours are dead, both of them, until we have been told so."""
        before: list[int] = []

        def take() -> None:
            if self._denied() == before[-1]:
                self._zalo.issue_tokens()

        return Trouble(
            kind="zalo-token-taken", count=self._denied, begin=lambda: before.append(self._denied()), each=take
        )

    def _denied(self) -> int:
        return sum(row["path"] == TOKEN_PATH for row in self._zalo.refusals())

    def _refusals(self, *codes: int) -> int:
        return sum(row["code"] in codes for row in self._zalo.refusals())

    def _set_account(self, **values: Any) -> None:
        with self._zalo.state.lock:
            self._zalo.state.roll_day()
            self._zalo.state.account = replace(self._zalo.state.account, **values)

    def _unplug(self) -> None:
        """Nobody listens any more: connections are refused, and open ones end whatever was on them."""
        self._gone = self._hands.now()
        server = self._zalo._server
        server.shutdown()
        self._zalo._thread.join()
        server.hang_up()
        server.server_close()

    def _plug(self) -> None:
        self._witness.away.append((self._gone, self._hands.now()))
        old = self._zalo._server
        host, port = old.server_address[:2]
        server = ZaloServer((str(host), int(port)), old.platform, old.control)
        self._zalo._server = server
        self._zalo._thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        self._zalo._thread.start()
