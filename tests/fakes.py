"""Doubles of the outside for tests of the steps: a province, Zalo, people on duty, a store that is watched, a clock."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from adapter.errors import SourceError, SourceFault, StoreError
from adapter.model import (
    Accepted,
    Answer,
    Delivery,
    DeliveryState,
    Filter,
    Interval,
    MessageId,
    Record,
    Settled,
)
from adapter.ports import Store, Tx

T = TypeVar("T")
VIETNAM_TIME = "%d/%m/%Y %H:%M:%S"


class Clock:
    """Stands still until it is told to go on. Starts on a Monday at nine o'clock in Vietnam."""

    def __init__(self, now: datetime = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> datetime:
        """Move on by ``timedelta(**by)``; gives the new time."""
        self.now += timedelta(**by)
        return self.now


class WatchedStore:
    """A store that knows whether this thread has a transaction open, and can be made to fail at a label."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._inside = threading.local()
        self.skew = 0.0
        self.failing: dict[str, BaseException] = {}  #: label of a write -> what is raised in its place, once
        self.labels: list[str] = []

    def write(self, label: str, work: Callable[[Tx], T]) -> T:
        self.labels.append(label)
        if label in self.failing:
            raise self.failing.pop(label)
        with self._open():
            return self._store.write(label, work)

    def read(self, work: Callable[[Tx], T]) -> T:
        with self._open():
            return self._store.read(work)

    def clock_skew(self) -> float:
        return self.skew

    def wait_for_work(self, seconds: float) -> bool:
        return self._store.wait_for_work(seconds)

    def close(self) -> None:
        self._store.close()

    def assert_no_transaction(self) -> None:
        assert not getattr(self._inside, "open", False), "nothing may wait for the network inside a transaction"

    @contextmanager
    def _open(self) -> Iterator[None]:
        assert not getattr(self._inside, "open", False), "transactions do not nest"
        self._inside.open = True
        try:
            yield
        finally:
            self._inside.open = False


def as_text(moment: datetime) -> str:
    """A moment as the province writes it: Vietnam local time, whole seconds."""
    return (moment + timedelta(hours=7)).strftime(VIETNAM_TIME)


class FakeSource:
    """A province that answers windows from its present rows, as the real one does: each dossier has one row."""

    def __init__(self, store: WatchedStore, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self.rows: dict[str, tuple[datetime, dict[str, str]]] = {}
        self.extra: list[Record] = []  #: given in every window besides, before the rows
        self.hidden: set[str] = set()  #: codes that windows of a day and less do not show
        self.dies_after: int | None = None  #: records given before the answer breaks off
        self.between: Callable[[int], None] = lambda _: None  #: called before each record with its number
        self.windows: list[Interval] = []
        self.lookups: list[str] = []
        self.on_lookup: Callable[[str], None] = lambda _: None

    def file(self, code: str, status: str = "2", **changed: str) -> None:
        """Write a dossier's row, or change it; re-stamped with the clock unless ``NgayCapNhat`` is named."""
        now = as_text(self._clock())
        before = self.rows.get(code, (None, self._new(code, now)))[1]
        row = before | {"TrangThaiHoSo": status, "NgayCapNhat": now} | changed
        if status == "9":
            row.setdefault("NgayKetThucXuLy", now)  # a nine without an end of processing is not believed
        else:
            row.pop("NgayKetThucXuLy", None)
        stamp = datetime.strptime(row["NgayCapNhat"], VIETNAM_TIME).replace(tzinfo=UTC) - timedelta(hours=7)
        self.rows[code] = (stamp, row)

    def record(self, code: str) -> Record:
        """The row as it stands."""
        return Record(inputs=dict(self.rows[code][1]))

    def changes(self, window: Interval, partition: str) -> Iterator[Record]:
        assert partition == "", "this province is read in one part"
        self._store.assert_no_transaction()
        self.windows.append(window)
        return self._stream(window)

    def _stream(self, window: Interval) -> Iterator[Record]:
        fast = window.end - window.start <= timedelta(days=1)
        inside = [
            (at, code)
            for code, (at, _) in self.rows.items()
            if window.start <= at <= window.end and not (fast and code in self.hidden)
        ]
        found = [*self.extra, *(self.record(code) for _, code in sorted(inside))]
        for number, record in enumerate(found):
            if number == self.dies_after:
                raise SourceError(SourceFault.TRUNCATED, "the answer broke off")
            self.between(number)
            self._store.assert_no_transaction()
            yield record
        if self.dies_after is not None:
            raise SourceError(SourceFault.TRUNCATED, "the answer broke off")

    def lookup(self, code: str) -> Record | None:
        self._store.assert_no_transaction()
        self.lookups.append(code)
        self.on_lookup(code)
        return self.record(code) if code in self.rows else None

    def close(self) -> None:
        """Nothing to close."""

    @staticmethod
    def _new(code: str, now: str) -> dict[str, str]:
        return {
            "MaHoSo": code,
            "MaDonVi": "000.22.31.H62",
            "MaTTHC": "1.001193",
            "TenTTHC": "Đăng ký khai sinh",
            "ChuHoSo": "NGUYỄN THỊ HÒA",
            "SoDienThoai": "0912345678",
            "NgayTiepNhan": now,
            "NgayHenTra": "30/11/2026 17:00:00",
            "NoiDungXuLy": "Tiếp nhận hồ sơ",
        }


def accepting(delivery: Delivery) -> Answer:
    """Every message is taken."""
    return Accepted(reference=f"zalo-{delivery.tracking_id}")


class FakeChannels:
    """Zalo with a number of slots. ``says`` answers each send; None: no answer ever comes."""

    def __init__(self, store: WatchedStore, clock: Clock, slots: int = 8) -> None:
        self._store, self._clock, self._slots = store, clock, slots
        self.says: Callable[[Delivery], Answer | None] = accepting
        self.holding = False  #: answers are kept back until it is false again
        self.sent: list[Delivery] = []
        self.waiting: list[Settled] = []
        self.unanswered = 0
        self.fates: Mapping[str, bool | None] = {}
        self.asked: list[MessageId] = []

    def free(self) -> int:
        return self._slots - len(self.waiting) - self.unanswered

    def send(self, deliveries: Sequence[Delivery]) -> None:
        self._store.assert_no_transaction()
        assert len(deliveries) <= self.free(), "more was claimed than there are free slots"
        ids = tuple(delivery.id for delivery in deliveries)
        standing = self._store.read(lambda tx: tx.outbox.find(Filter(ids=ids))) if ids else []
        assert len(standing) == len(ids)
        assert all(one.standing.state is DeliveryState.SENDING for one in standing), "sent before it was written down"
        for delivery in deliveries:
            self.sent.append(delivery)
            answer = self.says(delivery)
            if answer is None:
                self.unanswered += 1
            else:
                self.waiting.append(self.settled(delivery, answer))

    def settled(self, delivery: Delivery, answer: Answer) -> Settled:
        """The answer to one attempt, now."""
        return Settled(
            delivery=delivery,
            answer=answer,
            started_at=self._clock(),
            finished_at=self._clock(),
        )

    def answers(self, wait: float, linger: float) -> list[Settled]:
        assert wait >= 0.0 <= linger
        self._store.assert_no_transaction()
        if self.holding:
            return []
        come, self.waiting = self.waiting, []
        return come

    def arrived(self, references: Sequence[tuple[MessageId, str]]) -> dict[MessageId, bool | None]:
        self._store.assert_no_transaction()
        self.asked += [message for message, _ in references]
        return {message: self.fates.get(reference) for message, reference in references}

    def drain(self, seconds: float) -> list[Settled]:
        self.holding = False
        return self.answers(seconds, 0.0)

    def close(self) -> None:
        """Nothing to close."""


@dataclass
class FakeAlarm:
    """People on duty who remember: what stands, and how often each rang."""

    store: WatchedStore
    standing: dict[str, str] = field(default_factory=dict)
    rang: list[str] = field(default_factory=list)
    reminded: int = 0  #: how often those were to be told again who could not be told

    def raise_(self, key: str, sentence: str) -> None:
        self.store.assert_no_transaction()
        if key not in self.standing:
            self.rang.append(key)
        self.standing[key] = sentence
        self.store.write("alarm", lambda tx: tx.alarms.raise_once(key, sentence))

    def clear(self, key: str) -> None:
        self.store.assert_no_transaction()
        self.standing.pop(key, None)
        self.store.write("alarm", lambda tx: tx.alarms.clear(key))

    def remind(self) -> int:
        self.store.assert_no_transaction()
        self.reminded += 1
        return 0


AWAY = StoreError("the database is away")
