"""Whole rounds over real sockets: the simulated province, the engine, the simulated Zalo with its own clock."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapter.model import Channel, DeliveryState, Filter, Link, LinkKind, Proof, RunState, Uid
from adapter.simulators.onestop.happenings import Happening
from adapter.steps import audit, deliver, poll, seal, tend
from adapter.store import open_store
from adapter.wiring.house import House
from tests.towns import Town, town

CODE, OFFICE, PHONE = "000.22.33.H62-261123-0001", "000.22.33.H62", "84912345678"


class Later:
    """The machine's clock and Zalo's, both moved on by hand."""

    def __init__(self, place: Town) -> None:
        self._place, self._by = place, timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self._by

    def advance(self, **by: float) -> None:
        self._by += timedelta(**by)
        with self._place.zalo.state.lock:
            self._place.zalo.state.clock.shift(timedelta(**by).total_seconds())


class Round:
    """A town with its house open, and the verbs a test speaks in."""

    def __init__(self, place: Town, house: House, clock: Later) -> None:
        self.place, self.house, self.clock = place, house, clock

    def file(self, status: str = "2", **changed: str) -> None:
        fields = {
            "MaTTHC": "2.000635",
            "TenTTHC": "Cấp bản sao trích lục hộ tịch",
            "ChuHoSo": "NGUYỄN THỊ MẪU",
            "SoDienThoai": "0912345678",
            "TrangThaiHoSo": status,
            **changed,
        }
        self.place.province.province.apply(Happening(after_seconds=0, code=CODE, changes=fields, office=OFFICE))

    def read(self) -> None:
        assert [run.state for run in poll.poll(self.house.polling())] == [RunState.DONE]

    def deliver(self) -> None:
        while (done := deliver.turn(self.house.delivering(), 0.5)).claimed or done.settled:
            pass

    def confirm(self) -> int:
        return tend.confirm(self.house.tending())

    def states(self) -> list[str]:
        found = self.house.store.read(lambda tx: tx.outbox.find(Filter()))
        return [delivery.standing.state.value for delivery in sorted(found, key=lambda one: one.message.position)]

    def said(self) -> list[str]:
        return [row["template_id"] for row in self.place.zalo.journal()]


@pytest.fixture
def round_(tmp_path: Path) -> Iterator[Round]:
    """At the end the books balance and the ledger verifies."""
    with town(tmp_path) as place:
        clock, settings = Later(place), place.settings()
        store = open_store(settings.store.url, settings.store.keys, clock=clock)
        house = House(settings, store, clock)
        try:
            yield Round(place, house, clock)
            assert audit.balance(store, None).remainder == 0
            assert seal.seal(store, house.owner)
            assert audit.verify(store).whole
        finally:
            house.close()


def test_a_dossier_from_receipt_to_result(round_: Round) -> None:
    for status, more in (
        ("2", {}),
        ("5", {"YKien": "Thiếu bản chụp"}),
        ("9", {"NgayKetThucXuLy": "23/11/2026 09:00:00"}),
    ):
        round_.file(status, **more)
        round_.read()
        round_.deliver()
    assert round_.said() == ["300002", "300005", "300009"]
    assert round_.states() == ["sent"] * 3
    round_.clock.advance(hours=2, minutes=11)
    assert round_.confirm() == 3
    assert round_.states() == ["delivered"] * 3


def test_a_phone_that_stays_off_is_told_again_the_next_morning_and_then_given_up(round_: Round) -> None:
    round_.place.zalo.state.put_user({"phone": PHONE, "uid": "1", "offline": True})
    round_.file("5", YKien="Thiếu bản chụp")
    round_.read()
    round_.deliver()
    round_.clock.advance(hours=2, minutes=11)
    assert round_.confirm() == 1
    assert round_.states() == ["pending"]
    round_.clock.advance(days=1, hours=12)
    round_.house.tokens.refresh_if_due()
    round_.deliver()
    assert round_.said() == ["300005", "300005"]
    round_.clock.advance(hours=2, minutes=11)
    assert round_.confirm() == 1
    assert round_.states() == ["refused"]


def test_a_message_of_which_zalo_says_nothing_stays_sent_and_is_asked_for_again(round_: Round) -> None:
    round_.file()
    round_.read()
    round_.deliver()
    round_.clock.advance(hours=2, minutes=11)
    round_.place.zalo.fault("code", path="/business/message/status", code=-100)
    assert round_.confirm() == 0
    assert round_.states() == ["sent"]
    assert round_.confirm() == 1
    assert round_.states() == ["delivered"]


def test_a_linked_user_who_refuses_is_told_by_phone_at_once(round_: Round) -> None:
    uid = "2512523625412515001"
    round_.place.zalo.state.put_user({"phone": PHONE, "uid": uid, "follows": False})
    link = Link(id="l1", uid=Uid(uid), kind=LinkKind.PHONE, value=PHONE, proof=Proof.COUNTER, proved_at=round_.clock())
    round_.house.store.write("link", lambda tx: tx.recipients.link([link]))
    round_.file()
    round_.read()
    round_.deliver()
    assert round_.states() == ["sent"]
    (row,) = round_.place.zalo.journal()
    delivery = round_.house.store.read(lambda tx: tx.outbox.find(Filter(states=(DeliveryState.SENT,))))[0]
    way = delivery.message.routes[delivery.standing.channel_index].channel
    assert (way is Channel.PHONE) == bool(row["tracking_id"])


def test_an_answer_lost_on_the_way_is_never_sent_again_blindly(round_: Round) -> None:
    round_.place.zalo.fault("close", path="/business/message/template", after=True)
    round_.file()
    round_.read()
    round_.deliver()
    assert round_.states() == ["unknown"]
    round_.clock.advance(minutes=16)
    tend.resolve_unknown(round_.house.tending())
    round_.deliver()
    assert len(round_.said()) == 1


def test_a_province_that_breaks_off_is_read_again(round_: Round) -> None:
    round_.file()
    round_.place.province.knobs.turn(truncate_after=200)
    (run,) = poll.poll(round_.house.polling())
    assert run.state is RunState.CUT
    round_.deliver()
    assert round_.said() == []
    round_.place.province.knobs.reset()
    round_.read()
    round_.deliver()
    assert round_.said() == ["300002"]
