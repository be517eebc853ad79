"""How long, how much, by which seed; and the town in which it happens."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from tests.towns import ROOT, Town, town


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How long, how much, by which seed."""

    days: int = 7
    changes: int = 20_000
    seed: int = 1
    rounds: int = 3  #: how often each trouble comes
    kills: int = 6  #: deaths in each round
    day_tick: timedelta = timedelta(seconds=60)
    night_tick: timedelta = timedelta(minutes=5)
    last_tick: timedelta = timedelta(minutes=10)  #: when nothing new happens any more
    longest: timedelta = timedelta(hours=2)  #: how long a trouble lasts at most, when it did something
    only: tuple[str, ...] = ("",)  #: only troubles whose kind begins so
    bug: str = ""
    inside: bool = False  #: the adapter runs in this process; then nobody can be killed
    patience: timedelta = timedelta(days=8)  #: of quiet days at the end, before what still waits is called lost

    @property
    def page(self) -> int:
        """Rows on a page of the one-stop: so few that a window has several."""
        return max(8, self.changes // self.days // 60)

    @property
    def shared_above(self) -> int:
        """Dossiers with one number beyond which it is nobody's own: so few that the days come to it."""
        return max(3, min(50, self.changes // 1000))


@contextmanager
def place(folder: Path, plan: Plan, database: str = "") -> Iterator[Town]:
    """A town for these days: quiet hours as in life, and a short patience with the one-stop, because it is real."""
    settings = {
        "MOTCUA_ZALO__SLOTS": "16",
        "MOTCUA_ZALO__RESERVED_SLOTS": "2",
        "MOTCUA_ZALO__CONNECT_TIMEOUT": "0.3",
        "MOTCUA_ZALO__READ_TIMEOUT": "0.6",
        "MOTCUA_POLL__EVERY": "3m",
        "MOTCUA_SENDING__SHARED_PHONE_ABOVE": str(plan.shared_above),
        "MOTCUA_SENDING__HOLD_ABOVE": str(max(30, plan.changes // plan.days // 12)),
    }
    url = database or f"sqlite:///{folder}/motcua.db?timeout=0.2"
    with town(folder, database=url, settings=settings) as made:
        mapping = folder / "mappings" / "vinhphuc"
        shutil.copy(ROOT / "mappings" / "vinhphuc" / "calendar.yaml", mapping)
        source = (mapping / "source.yaml").read_text("utf-8")
        source = source.replace("read: 60s", "read: 1s").replace("deadline: 5m", "deadline: 4s")
        source = source.replace("page_size: 500", f"page_size: {plan.page}")
        (mapping / "source.yaml").write_text(source, "utf-8")
        yield made
