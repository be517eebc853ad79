"""What a check-up finds, and how checks run: all at once, each with its own time limit, none hiding another."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from adapter.cli.session import Session
from adapter.errors import AdapterError, StoreError

DEEPER = "xem mục cấu hình, khóa và cơ sở dữ liệu ở trên"
"""What to do at a door behind the database, when it is the database that does not open."""

TELL_US = "báo người phát triển lời này, kèm: journalctl -u motcua -n 50"


class Level(StrEnum):
    """How serious a finding is."""

    OK = "ok"
    LOOK = "look"  #: a person should look at it
    BROKEN = "broken"  #: something does not work


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One finding: what is, and what to do."""

    door: str
    level: Level
    said: str  #: Vietnamese
    english: str
    todo: str = ""  #: Vietnamese; empty only when nothing is to be done


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One door's check. ``look`` gives findings as they come: what came before it hung or broke off is kept."""

    door: str
    look: Callable[[Session], Iterator[Finding]]
    seconds: float = 20.0
    todo: str = "xem nhật ký: journalctl -u motcua -n 50"  #: what to do when the check itself hangs or breaks off
    opens_store: bool = True  #: False: its own StoreError is its own trouble, not one of the database


def run(checks: Sequence[Check], session: Session) -> list[Finding]:
    """Run the checks side by side; findings in the order of the checks."""
    began = time.monotonic()
    running = [_Running(check, session) for check in checks]
    return [finding for one in running for finding in one.findings(began)]


class _Running:
    """A check in a thread of its own, which is left behind when it hangs."""

    def __init__(self, check: Check, session: Session) -> None:
        self._check, self._session = check, session
        self._found: list[Finding] = []
        self._thread = threading.Thread(target=self._look, name=f"check-{check.door}", daemon=True)
        self._thread.start()

    def findings(self, began: float) -> list[Finding]:
        self._thread.join(max(0.0, began + self._check.seconds - time.monotonic()))
        found = list(self._found)
        if self._thread.is_alive():
            seconds = f"{self._check.seconds:.0f}"
            found.append(self._broken(f"không xong trong {seconds} giây", f"not done in {seconds} s", self._check.todo))
        return found

    def _look(self) -> None:
        try:
            for finding in self._check.look(self._session):
                self._found.append(finding)
        except (AdapterError, OSError) as error:
            # Our errors make their own sentences without personal data; of another one only the class is safe.
            said = str(error) if isinstance(error, AdapterError) else type(error).__name__
            english = said if isinstance(error, StoreError) else type(error).__name__
            todo = DEEPER if isinstance(error, StoreError) and self._check.opens_store else self._check.todo
            self._found.append(self._broken(f"không kiểm tra được: {said}", f"cannot be checked: {english}", todo))
        except Exception as error:  # noqa: BLE001 - a bug in one check must not hide the other doors
            name = type(error).__name__
            self._found.append(self._broken(f"lỗi của chương trình: {name}", f"a bug of ours: {name}", TELL_US))

    def _broken(self, said: str, english: str, todo: str) -> Finding:
        return Finding(door=self._check.door, level=Level.BROKEN, said=said, english=english, todo=todo)
