"""What the demo shows: what the simulated one-stop did, what the simulated Zalo accepted, and how the books stand."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from adapter.cli.demo_town import Town
from adapter.cli.output import masked
from adapter.core.balance import Sheet
from adapter.model import Delivery, DeliveryState, Filter, MessageId, Snapshot
from adapter.ports import Store
from adapter.steps import audit

ACCEPTED = (DeliveryState.SENT, DeliveryState.DELIVERED, DeliveryState.UNKNOWN)
_COUNT_EVERY = 1.0  # seconds
_COUNT_SHARE = 10  # counting re-reads the ledger, so it may take at most a tenth of the time
_TEXT_WAIT = 40  # looks that a text may take to stand in the store: an answer is settled a moment after Zalo gave it
_NEWEST = 200  # deliveries searched for a message that Zalo named by its own id only
_NO_ZALO = -118  # reference/zalo.md 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """A line of the left side."""

    at: datetime
    code: str  #: masked
    office: str
    status: str  #: the national status code
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rang:
    """A line of the right side: a phone rang, or Zalo refused to let it ring."""

    at: datetime
    to: str  #: masked
    text: str  #: what the citizen reads, or why Zalo refused
    refused: bool = False

    @property
    def title(self) -> str:
        """The first line of the text."""
        return self.text.partition("\n")[0]

    @property
    def gist(self) -> str:
        """The sentence after the greeting, which says what happened; empty when there is none."""
        return next(iter(self.text.split("\n")[2:3]), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How the program itself is."""

    ready: bool
    worries: tuple[str, ...]  #: threads that are silent, things that are missing, alarms that stand
    unsealed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What one look found."""

    happened: Sequence[Happened]
    rang: Sequence[Rang]


@dataclass(slots=True)
class Watch:
    """Looks at both sides and at the store. Reads only; every look gives what is new since the one before."""

    town: Town
    store: Store
    sheet: Sheet | None = None
    health: Health | None = None
    dossiers: int = 0
    _moments: int = 0
    _accepted: int = 0
    _refused: int = 0
    _known: dict[tuple[str, str], Mapping[str, str]] = field(default_factory=dict)
    _waiting: list[tuple[int, Mapping[str, Any]]] = field(default_factory=list)
    _next_count: float = 0.0

    def look(self) -> News:
        """What is new. Raises OSError when a simulator is gone, StoreError when the store is."""
        news = News(happened=self._province(), rang=[*self._phones(), *self._refusals()])
        if time.monotonic() >= self._next_count:
            self.count()
        return news

    @property
    def behind(self) -> bool:
        """Whether a message has rung whose text is not shown yet."""
        return bool(self._waiting)

    def count(self) -> None:
        """Count the books and ask after the program's health."""
        began = time.monotonic()
        self.sheet = audit.balance(self.store, None)
        self.health = self._health(self.store.read(lambda tx: tx.snapshot()))
        self._next_count = time.monotonic() + max(_COUNT_EVERY, _COUNT_SHARE * (time.monotonic() - began))

    def _province(self) -> list[Happened]:
        moments = self.town.onestop.lines(f"/_control/timeline?fields=1&from={self._moments}")
        self._moments += len(moments)
        told = [self._happened(moment) for moment in moments]
        self.dossiers = len({code for code, _ in self._known})
        return told

    def _happened(self, moment: Mapping[str, Any]) -> Happened:
        now: Mapping[str, str] = moment["fields"]
        before = self._known.get((moment["code"], moment["office"]), {})
        self._known[moment["code"], moment["office"]] = now
        return Happened(
            at=datetime.fromisoformat(moment["at"]),
            code=f"…-{moment['code'].rpartition('-')[2]}",
            office=now.get("DonViXuLy", ""),
            status=moment["status"],
            what=_what(before, now),
        )

    def _phones(self) -> list[Rang]:
        lines = self.town.zalo.get(f"/_control/journal?since={self._accepted}")
        self._accepted += len(lines)
        self._waiting += [(0, line) for line in lines]
        if not self._waiting:
            return []
        texts = self._texts([line for _, line in self._waiting])
        rang, later = [], []
        for looks, line in self._waiting:
            text = texts.get(line["message_id"]) or ("(chưa có nội dung)" if looks >= _TEXT_WAIT else "")
            if text:
                rang.append(Rang(at=datetime.fromisoformat(line["at"]), to=_recipient(line), text=text))
            else:
                later.append((looks + 1, line))
        self._waiting = later
        return rang

    def _texts(self, lines: Sequence[Mapping[str, Any]]) -> dict[str, str]:
        """The whole text of each message by Zalo's id of it: by our tracking id where Zalo keeps one."""
        ids = {line["message_id"]: tracked(line) for line in lines if line["tracking_id"]}
        by_id = (
            {found.id: found for found in self._find(Filter(ids=tuple(ids.values()), limit=len(ids)))} if ids else {}
        )
        texts = {reference: by_id[one].message.text for reference, one in ids.items() if one in by_id}
        if len(ids) < len(lines):
            texts |= {
                found.reference: found.message.text for found in self._find(Filter(states=ACCEPTED, limit=_NEWEST))
            }
        return texts

    def _find(self, wanted: Filter) -> list[Delivery]:
        return self.store.read(lambda tx: tx.outbox.find(wanted))

    def _refusals(self) -> list[Rang]:
        lines = self.town.zalo.get(f"/_control/refusals?since={self._refused}")
        self._refused += len(lines)
        return [
            Rang(at=datetime.fromisoformat(line["at"]), to=_recipient(line), text=_refusal(line["code"]), refused=True)
            for line in lines
            if line["recipient"]
        ]

    def _health(self, snapshot: Snapshot) -> Health:
        alarms = tuple(raised.sentence for raised in snapshot.alarms)
        try:
            found = self.town.health.get("/livez")
        except OSError:
            return Health(ready=False, worries=("chương trình chưa trả lời", *alarms), unsealed=snapshot.unsealed)
        silent = tuple(f"luồng {name} im lặng" for name in found["silent"])
        return Health(ready=not alarms and not silent, worries=(*silent, *alarms), unsealed=snapshot.unsealed)


def tracked(line: Mapping[str, Any]) -> MessageId:
    """Our message behind a line of Zalo's journal that carries a tracking id (``<message>.<attempt>``)."""
    return MessageId(str(line["tracking_id"]).partition(".")[0])


def _recipient(line: Mapping[str, Any]) -> str:
    address = str(line.get("uid") or line.get("phone") or line.get("recipient") or "")
    return masked(address) if address.startswith("84") else f"Zalo đã liên kết ***{address[-3:]}"


def _refusal(code: int) -> str:
    return "Zalo từ chối: số này không dùng Zalo" if code == _NO_ZALO else f"Zalo từ chối (mã {code})"


def _what(before: Mapping[str, str], now: Mapping[str, str]) -> str:
    """What the office did, in its own words: a moved due date, a remark, or the step."""
    step, due = now.get("NoiDungXuLy", ""), now.get("NgayHenTra", "")
    if before.get("TrangThaiHoSo") == now.get("TrangThaiHoSo") and due != before.get("NgayHenTra", ""):
        return f"Hẹn lại ngày trả: {due}"
    remark = next((now[name] for name in ("LyDo", "YKien") if now.get(name) and now[name] != before.get(name)), "")
    return f"{step}: {remark}" if remark else step
