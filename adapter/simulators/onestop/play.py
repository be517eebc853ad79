"""A province that lives: plays a story against the clock while it serves. This is what the command line runs."""

import contextlib
import itertools
import threading
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

from adapter.simulators.onestop import records
from adapter.simulators.onestop.happenings import Happening
from adapter.simulators.onestop.journal import Journal
from adapter.simulators.onestop.province import Province
from adapter.simulators.onestop.server import OnestopSimulator
from adapter.simulators.onestop.story import story


def play(province: Province, happenings: Iterable[Happening], *, pace: float, stop: threading.Event) -> None:
    """Let the happenings happen in their order, `pace` story seconds to a real one; `stop` ends it early."""
    began = time.monotonic()
    for happening in happenings:
        wait = began + happening.after_seconds / pace - time.monotonic()
        if stop.wait(max(0.0, wait)):
            return
        province.apply(happening)


def serve(
    *,
    port: int,
    seed: int,
    dossiers: int,
    pace: float,
    username: str,
    password: str,
    journal_path: Path | None,
    stop: threading.Event,
    host: str = "127.0.0.1",
    endless: bool = False,
    migrated: int = 0,
    ready: Callable[[str], None] | None = None,
) -> None:
    """Serve and play until `stop` is set; blocks. After the story it goes on serving, or, `endless`, tells the next.

    `ready` is called with the service's URL once it listens. Every moment is appended to `journal_path` (JSON lines)
    as it happens. Raises ValueError for a pace or a number of dossiers that is not positive, OSError for a port that
    is taken or a journal that cannot be written.
    """
    if pace <= 0 or dossiers <= 0:
        raise ValueError("pace and dossiers must be positive")
    with contextlib.ExitStack() as stack:
        journal = stack.enter_context(Journal(journal_path)) if journal_path else None
        simulator = stack.enter_context(OnestopSimulator(host, port, username=username, password=password))
        if journal:
            simulator.province.listen(journal.write)
        if ready:
            ready(simulator.url)
        for chapter in itertools.count() if endless else (0,):
            first, old = 1 + chapter * (dossiers + migrated), 0 if chapter else migrated
            today = datetime.now(records.VIETNAM).date()
            tale = story(seed + chapter, dossiers, day=today, first_serial=first, migrated=old)
            play(simulator.province, tale, pace=pace, stop=stop)
            if stop.is_set():
                break
        stop.wait()
