"""Fault knobs: how the simulated system misbehaves, standing or for the next calls of one operation."""

import re
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Final, cast

ANY: Final = "*"
"""Stands for every operation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Knobs:
    """One position of all knobs; the defaults are a system in good health.

    Before answering: `latency` waits that many seconds; `drop` closes the connection without a byte; `status` answers
    that HTTP status with a proxy's HTML page; `html_page` answers a login page with 200; `fault_in_200` a soap:Fault.
    Selection: `error_code` (an ErrorCode, no rows); `duplicate_rows` repeats the first N rows of a page;
    `unstable_order` shuffles the window anew at each call; `page_shift` re-stamps the first N rows of the window
    after each page, so that they leave it and the rest moves up; `missing_total`; `extra_total` claims N rows more than
    there are; `outside` adds the N oldest dossiers, whatever was asked; `huge_page` ignores the page size;
    `page_cap` silently serves at most N rows; `max_window_days` refuses longer windows; `resend` re-stamps the N
    oldest dossiers before answering; `clock_skew` seconds are added to the province's clock (standing only).
    Document: `bom`; `dtd` is `laughs` (entity bomb) or `external` (file:///etc/passwd); `control_character` puts an
    illegal U+0002 into the first record; `oversized_field` makes its owner's name N bytes longer; `renamed` (Old=New)
    is another version of the format, in which one element bears another name.
    Wire: `content_type`; `chunked`; `gzip` (chunked, whether asked for or not); `truncate_after` closes the
    connection after N bytes of body (None: off); `drip` sends N bytes a second.
    """

    latency: float = 0.0
    drop: bool = False
    status: int = 0
    html_page: bool = False
    fault_in_200: bool = False
    error_code: int = 0
    duplicate_rows: int = 0
    unstable_order: bool = False
    page_shift: int = 0
    missing_total: bool = False
    extra_total: int = 0
    outside: int = 0
    huge_page: bool = False
    page_cap: int = 0
    max_window_days: int = 0
    resend: int = 0
    clock_skew: float = 0.0
    bom: bool = False
    dtd: str = ""
    control_character: bool = False
    oversized_field: int = 0
    renamed: str = ""
    content_type: str = ""
    chunked: bool = False
    gzip: bool = False
    truncate_after: int | None = None
    drip: int = 0


_DEFAULTS: Final = asdict(Knobs())
_ANYTHING: Final = re.compile(".*")
_SHAPES: Final = {"dtd": re.compile("|laughs|external"), "renamed": re.compile(r"|\w+=\w+")}


def turned(knobs: Knobs, positions: Mapping[str, object]) -> Knobs:
    """The knobs with some of them turned. Raises ValueError for an unknown knob or a value it cannot take."""
    for name, value in positions.items():
        if name not in _DEFAULTS:
            raise ValueError(f"no knob is called {name}")
        if not _fits(name, value):
            raise ValueError(f"knob {name} cannot be set to {value!r}")
    return replace(knobs, **positions)  # type: ignore[arg-type]  # each value was checked against its field above


def _fits(name: str, value: object) -> bool:
    default = _DEFAULTS[name]
    if default is None and value is None:
        return True
    if isinstance(default, bool) or isinstance(value, bool):
        return isinstance(default, bool) and isinstance(value, bool)
    if isinstance(default, str):
        return isinstance(value, str) and _SHAPES.get(name, _ANYTHING).fullmatch(value) is not None
    whole = isinstance(value, int)
    if not (whole or (isinstance(default, float) and isinstance(value, float))):
        return False
    return name == "clock_skew" or cast(float, value) >= 0


class Panel:
    """All knobs of one simulator; safe to turn while it is serving."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._standing = Knobs()
        self._next: list[tuple[str, Mapping[str, object]]] = []

    @property
    def standing(self) -> Knobs:
        """The position that holds until it is turned again."""
        with self._lock:
            return self._standing

    def turn(self, **positions: object) -> Knobs:
        """Turn some knobs until further notice; the others stay. Raises ValueError."""
        with self._lock:
            self._standing = turned(self._standing, positions)
            return self._standing

    def next(self, operation: str, calls: int = 1, **positions: object) -> None:
        """Turn some knobs for the next `calls` calls of `operation` (ANY: whichever comes). Raises ValueError.

        Several orders for one operation are used up one after the other.
        """
        turned(Knobs(), positions)
        with self._lock:
            self._next.extend([(operation, positions)] * calls)

    def reset(self) -> None:
        """Back to good health; waiting orders are forgotten."""
        with self._lock:
            self._standing = Knobs()
            self._next.clear()

    def take(self, operation: str) -> Knobs:
        """The knobs for this very call; uses up one waiting order of the operation."""
        with self._lock:
            for place, (wanted, positions) in enumerate(self._next):
                if wanted in (ANY, operation):
                    del self._next[place]
                    return turned(self._standing, positions)
            return self._standing

    def as_json(self) -> dict[str, object]:
        """Standing knobs and how many ordered calls are waiting, for the control endpoint."""
        with self._lock:
            waiting = Counter(operation for operation, _ in self._next)
            return {"standing": asdict(self._standing), "next": dict(waiting)}
