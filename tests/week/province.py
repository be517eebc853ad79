"""Trouble at the one-stop's door: away, slow, broken, lying, re-sending, moving under the reader's eyes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

from adapter.simulators.onestop.records import Record
from tests.towns import Town
from tests.week.chaos import Trouble
from tests.week.hands import Hands
from tests.week.witness import Witness

ONE_POLL = timedelta(minutes=3)
"""For trouble that costs real seconds at each call: a window that is not proven is asked for down to its minutes."""

SLOW = 1.2
"""Real seconds, longer than the adapter waits there (``tests.week.plan``)."""

TRICKLE = 16_000
"""Bytes a second: a page then takes a second or more."""


LONG = timedelta(hours=2)

KNOBS: Sequence[tuple[str, timedelta, Mapping[str, object]]] = (
    ("away", LONG, {"status": 503}),
    ("hangs-up", LONG, {"drop": True}),
    ("slow", ONE_POLL * 3, {"latency": SLOW}),
    ("fault", LONG, {"fault_in_200": True}),
    ("busy", LONG, {"error_code": 9}),
    ("login-page", LONG, {"html_page": True}),
    ("bad-character", LONG, {"control_character": True}),
    ("entity-bomb", LONG, {"dtd": "laughs"}),
    ("truncated", LONG, {"truncate_after": 1500}),
    ("doubling-rows", ONE_POLL, {"duplicate_rows": 2}),
    ("no-total", LONG, {"missing_total": True, "gzip": True}),
    ("false-total", ONE_POLL, {"extra_total": 3}),
    ("shifting-pages", ONE_POLL, {"page_shift": 2}),
    ("unstable-order", ONE_POLL, {"unstable_order": True}),
    ("capped-pages", ONE_POLL * 3, {"page_cap": 5}),
    ("huge-page", LONG, {"huge_page": True}),
    ("rows-from-outside", ONE_POLL * 3, {"outside": 5}),
    ("longest-window", LONG, {"max_window_days": 1}),
    ("trickle", ONE_POLL, {"drip": TRICKLE}),
    ("chunks", LONG, {"chunked": True, "bom": True}),
    ("clock-behind", LONG, {"clock_skew": -17 * 60.0}),
    ("clock-ahead", LONG, {"clock_skew": 11 * 60.0}),
    ("renamed", ONE_POLL * 5, {"renamed": "MaHoSo=SoHoSo"}),
)
"""What the imitation's knobs can do: the kind, how long at most, and which knobs stand how."""


def onestop_troubles(
    town: Town, resent: int, move: Callable[[], bool], hands: Hands, witness: Witness
) -> list[Trouble]:
    """Every trouble of this door. ``move`` lets the next thing happen in the province, if it is near."""
    province, panel = town.province.province, town.province.knobs
    resends = Trouble(
        kind="onestop-resends",
        count=lambda: sum(moment.kind == "touch" for moment in province.timeline()),
        begin=lambda: panel.next("LayDanhSachHoSo", resend=resent),
    )
    turned = [_knobs(town, kind, longest, positions) for kind, longest, positions in KNOBS]
    blinding = [one for one in turned if one.kind == "onestop-renamed"]
    seeing = [one for one in turned if one not in blinding]
    return [*seeing, *(_blinding(one, hands, witness) for one in blinding), resends, _moving(town, move)]


def _knobs(town: Town, kind: str, longest: timedelta, positions: Mapping[str, object]) -> Trouble:
    panel = town.province.knobs
    resting = {name: getattr(type(panel.standing)(), name) for name in positions}
    return Trouble(
        kind=f"onestop-{kind}",
        count=lambda: town.province.calls()["LayDanhSachHoSo"],
        begin=lambda: panel.turn(**positions),
        end=lambda: panel.turn(**resting),
        longest=longest,
    )


def _blinding(trouble: Trouble, hands: Hands, witness: Witness) -> Trouble:
    """Another version of the format: what was read so long, nobody could read."""
    since: list[Any] = []

    def begin() -> None:
        since.append(hands.now())
        trouble.begin()

    def end() -> None:
        witness.blind.append((since.pop(), hands.now()))
        trouble.end()

    return replace(trouble, begin=begin, end=end)


def _moving(town: Town, move: Callable[[], bool]) -> Trouble:
    """The clerks work on while a window is read: after each page that is served one more thing happens."""
    province, moved = town.province.province, []
    still = province.window

    def window(*asked: Any) -> Sequence[Record]:
        rows = still(*asked)
        if move():
            moved.append(1)
        return rows

    def turn(served: Callable[..., Sequence[Record]]) -> None:
        cast("Any", province).window = served

    return Trouble(
        kind="onestop-moves",
        count=lambda: len(moved),
        begin=lambda: turn(window),
        end=lambda: turn(still),
        longest=ONE_POLL * 4,
    )
