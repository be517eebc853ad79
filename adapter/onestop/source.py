"""A one-stop system as the engine sees it (`adapter.ports.Source`), dialect D1 of reference/onestop.md 3.4."""

import logging
import re
from collections.abc import Generator, Iterator, Mapping
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import Final
from urllib.parse import urlsplit

from adapter.errors import ConfigError, SourceError, SourceFault
from adapter.model import Interval, Record, SourceSpec
from adapter.onestop import windows
from adapter.onestop.asking import Asking
from adapter.onestop.contract import placeholders
from adapter.onestop.proof import Page, Proof
from adapter.onestop.trust import PUBLIC, Trust
from adapter.ports.store import Clock

_VIETNAM: Final = timezone(timedelta(hours=7), "ICT")
_PASSES: Final = 3
_BY_ROW: Final = frozenset({"offset"})
_PAGED: Final = frozenset({"offset", "page"})
_SPEAKABLE: Final = re.compile("[\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]+")
"""What XML 1.0 can say."""

_QUIET: Final = {
    # At debug these two write whole envelopes, with passwords and identity numbers.
    "zeep.transports": logging.WARNING,
    "zeep.wsdl": logging.WARNING,
    # At warning this one quotes headers that it could not read.
    "urllib3": logging.ERROR,
}


class SoapSource:
    """Reads one one-stop system. Safe to use from many threads: each has a connection of its own.

    `clock` gives the present, aware UTC. Raises ConfigError when the WSDL, the endpoint, a certificate or an
    operation's arguments cannot be used; nothing is sent before the first call.
    """

    def __init__(self, spec: SourceSpec, username: str, password: str, clock: Clock, trust: Trust = PUBLIC) -> None:
        for name, level in _QUIET.items():
            logging.getLogger(name).setLevel(level)
        self._spec = spec
        self._clock = clock
        self._asking = Asking(spec, username, password, trust)
        self._asks_for = placeholders(spec.changes)
        self._check()

    def changes(self, window: Interval, partition: str) -> Iterator[Record]:
        """Records that changed in a window, streamed; one may come more than once (see `adapter.ports.Source`).

        `partition` is the office to ask for, empty for all. What is longer than the source accepts is asked for in
        pieces. A piece whose reading cannot be proven complete is read again, three times in all, then in halves
        down to a minute. Raises SourceError; UNSTABLE when even a minute would not hold still.
        """
        for piece in windows.pieces(window, self._spec.max_window):
            yield from self._proven(piece, partition)

    def lookup(self, code: str) -> Record | None:
        """One dossier as it stands now; the first, when two offices use the code. Raises SourceError."""
        if not _SPEAKABLE.fullmatch(code):
            return None  # XML cannot even say it, so no dossier bears it
        found = list(self._asking.page(self._spec.lookup, {"code": code}, Page()))
        return found[0] if found else None

    def skew(self) -> float | None:
        """Seconds our clock is ahead of the source's by the Date of this thread's last answer, which must be fresh.

        None when it was not dated. HTTP dates have whole seconds, so less than two seconds say nothing.
        """
        try:
            theirs = parsedate_to_datetime(self._asking.contract().dated)
        except (TypeError, ValueError, OverflowError):
            return None
        return (self._clock() - theirs.replace(tzinfo=theirs.tzinfo or UTC)).total_seconds()

    def close(self) -> None:
        """Close connections; an answer that is being read is read to its end. Safe to call twice."""
        self._asking.close()

    def _proven(self, window: Interval, partition: str) -> Iterator[Record]:
        for _ in range(_PASSES):
            if (yield from self._pass(window, partition)):
                return
            self._let_end(window)
        halves = windows.halves(window)
        if not halves:
            raise SourceError(SourceFault.UNSTABLE, "the rows of one minute would not hold still")
        for half in halves:
            yield from self._proven(half, partition)

    def _pass(self, window: Interval, partition: str) -> Generator[Record, None, bool]:
        overlap = self._spec.page_overlap if self._asks_for & _BY_ROW else 0
        proof = Proof(overlap=overlap, paged=bool(self._asks_for & _PAGED))
        while not proof.complete:
            page = Page()
            values = self._values(window, partition, proof)
            yield from self._asking.page(self._spec.changes, values, page, proof.offset)
            proof.take(page)
        return proof.holds

    def _let_end(self, window: Interval) -> None:
        # A window whose last second is still running gains rows while it is read: no pass over it can hold.
        left = (window.end - self._clock()).total_seconds() + 1
        if 0 < left <= 1:
            self._asking.pause(left)

    def _values(self, window: Interval, partition: str, proof: Proof) -> Mapping[str, str]:
        return {
            "from": self._written(window.start),
            "to": self._written(window.end),
            "office": partition,
            "offset": str(proof.offset),
            "page": str(proof.pages),
            "size": str(self._spec.page_size),
        }

    def _written(self, moment: datetime) -> str:
        return moment.astimezone(_VIETNAM).strftime(self._spec.time_format)

    def _check(self) -> None:
        now = self._clock()
        samples = self._values(Interval(start=now, end=now), "", Proof(overlap=0, paged=True)), {"code": "0"}
        for operation, values in zip((self._spec.changes, self._spec.lookup), samples, strict=True):
            unknown = ", ".join(sorted(placeholders(operation) - set(values)))
            if unknown:
                raise ConfigError([f"operation {operation.name}: chỗ trống lạ / unknown placeholder {unknown}"])
            self._asking.contract().check(operation, values)
        address = urlsplit(self._spec.endpoint)
        if address.scheme not in {"http", "https"} or not address.hostname:
            raise ConfigError(["endpoint: phải là http(s):// và có tên máy chủ / must begin so and name a host"])
        if "@" in address.netloc:
            # requests would send it as a log-in of its own, and an address is shown where a password must not be.
            raise ConfigError(
                ["endpoint: không được chứa tài khoản / no user and password in it; onestop.username, password_file"]
            )
