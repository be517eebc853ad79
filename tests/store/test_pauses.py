import dataclasses
from datetime import datetime, timedelta

from adapter.model import Pause, PauseScope
from adapter.ports import Store
from tests.store.clocks import START

PAUSE = Pause(scope=PauseScope.CHANNEL, name="uid", reason="hết tiền", by="motcua", since=START, probe_at=START)
OLDER = Pause(scope=PauseScope.OFFICE, name="H57", reason="bảo trì", by="Lan", since=START - timedelta(days=1))


def _add(store: Store, pause: Pause) -> bool:
    return store.write("test", lambda tx: tx.pauses.add(pause))


def test_pauses_stand_oldest_first(store: Store) -> None:
    assert _add(store, PAUSE)
    assert _add(store, OLDER)
    assert store.read(lambda tx: tx.pauses.standing()) == [OLDER, PAUSE]


def test_a_standing_pause_keeps_its_reason_and_probe(store: Store) -> None:
    _add(store, PAUSE)
    again = dataclasses.replace(PAUSE, reason="khác", by="Nam", probe_at=None)
    assert not _add(store, again)
    assert store.read(lambda tx: tx.pauses.standing()) == [PAUSE]


def test_a_scope_is_resumed_once(store: Store) -> None:
    _add(store, PAUSE)
    assert not store.write("test", lambda tx: tx.pauses.remove(PauseScope.TEMPLATE, "uid"))
    assert store.write("test", lambda tx: tx.pauses.remove(PauseScope.CHANNEL, "uid"))
    assert not store.write("test", lambda tx: tx.pauses.remove(PauseScope.CHANNEL, "uid"))
    assert store.read(lambda tx: tx.pauses.standing()) == []


def test_the_next_probe_is_noted(store: Store) -> None:
    _add(store, PAUSE)
    _add(store, OLDER)
    later = START + timedelta(minutes=5)
    store.write("test", lambda tx: tx.pauses.probing(PauseScope.CHANNEL, "uid", later))
    assert store.read(lambda tx: tx.pauses.standing()) == [OLDER, dataclasses.replace(PAUSE, probe_at=later)]


def test_a_persons_order_stands_in_the_place_of_an_automatic_pause(store: Store) -> None:
    ours = _pause("motcua", probe_at=START + timedelta(minutes=10))
    theirs = _pause("chị Lan")
    assert _add(store, ours)
    assert store.write("test", lambda tx: tx.pauses.order(theirs)) == ours
    assert _standing(store) == [theirs]
    assert not _add(store, ours), "what a person ordered no answer changes"
    store.write("test", lambda tx: tx.pauses.probing(PauseScope.CHANNEL, "phone", START))
    assert not store.write("test", lambda tx: tx.pauses.probed(PauseScope.CHANNEL, "phone"))
    assert _standing(store) == [theirs]


def test_a_later_order_stands_in_the_place_of_an_earlier_one(store: Store) -> None:
    first, second = _pause("chị Lan"), _pause("anh Bình")
    assert store.write("test", lambda tx: tx.pauses.order(first)) is None
    assert store.write("test", lambda tx: tx.pauses.order(second)) == first
    assert _standing(store) == [second]


def test_a_probe_ends_an_automatic_pause(store: Store) -> None:
    _add(store, _pause("motcua", probe_at=START))
    assert store.write("test", lambda tx: tx.pauses.probed(PauseScope.CHANNEL, "phone"))
    assert _standing(store) == []


def _pause(by: str, probe_at: datetime | None = None) -> Pause:
    return Pause(
        scope=PauseScope.CHANNEL, name="phone", reason=f"lý do của {by}", by=by, since=START, probe_at=probe_at
    )


def _standing(store: Store) -> list[Pause]:
    return store.read(lambda tx: tx.pauses.standing())
