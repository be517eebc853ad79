from adapter.model import Raised
from adapter.ports import Store
from tests.store.clocks import START, FakeClock


def _raise(store: Store, key: str, sentence: str = "Hãy kiểm tra.") -> bool:
    return store.write("test", lambda tx: tx.alarms.raise_once(key, sentence))


def test_an_alarm_is_raised_once_and_keeps_its_age(clocked: Store, clock: FakeClock) -> None:
    assert _raise(clocked, "token")
    clock.advance(60)
    assert not _raise(clocked, "token", "Câu khác.")
    assert _raise(clocked, "quota")
    assert clocked.read(lambda tx: tx.alarms.standing()) == [
        Raised(key="token", sentence="Hãy kiểm tra.", since=START),
        Raised(key="quota", sentence="Hãy kiểm tra.", since=clock.now),
    ]


def test_an_alarm_that_is_over_can_be_raised_anew(store: Store) -> None:
    assert not store.write("test", lambda tx: tx.alarms.clear("token"))
    _raise(store, "token")
    assert store.write("test", lambda tx: tx.alarms.clear("token"))
    assert store.read(lambda tx: tx.alarms.standing()) == []
    assert _raise(store, "token")
