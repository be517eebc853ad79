import dataclasses
from datetime import timedelta

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
