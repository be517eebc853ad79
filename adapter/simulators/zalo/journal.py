"""The truth: every message that was accepted, and every call that was refused. Tests judge the client by it."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from adapter.simulators.zalo.clock import iso


@dataclass(slots=True, kw_only=True)
class Entry:
    """One accepted message. Times are epoch seconds, ``timeout`` seconds, ``price`` dong.

    ``answered`` says that the whole answer was handed to the operating system; the client may still not have read it.
    """

    n: int
    at: float
    channel: str
    recipient: str
    template_id: str
    template_data: dict[str, object]
    tracking_id: str | None
    message_id: str
    development: bool
    timeout: float
    price: int
    delivered_at: float | None = None
    answered: bool = False
    took: float = 0.0
    """Real seconds from the whole request to the handing over of its answer: what came late may be unheard."""

    def truth(self) -> dict[str, object]:
        """Return what was accepted, as JSON: all but how the answer fared."""
        return {
            "n": self.n,
            "at": iso(self.at),
            "channel": self.channel,
            "uid" if self.channel == "uid" else "phone": self.recipient,
            "template_id": self.template_id,
            "template_data": self.template_data,
            "tracking_id": self.tracking_id,
            "message_id": self.message_id,
            "development": self.development,
        }

    def record(self) -> dict[str, object]:
        """Return the truth with ``answered``, ``took`` and the delivery time (null: never, or not known yet)."""
        arrived = None if self.delivered_at is None else iso(self.delivered_at)
        return {**self.truth(), "answered": self.answered, "took": self.took, "delivered_at": arrived}


@dataclass(slots=True, kw_only=True)
class Refusal:
    """One call that reached no acceptance. ``code`` is the API code, or the HTTP status, or 0 for a cut connection.

    ``answered`` and ``took`` as those of an ``Entry``; a call that was cut or ended by an HTTP status is not answered.
    """

    n: int
    at: float
    path: str
    code: int
    recipient: str | None
    template_id: str | None
    tracking_id: str | None
    answered: bool = False
    took: float = 0.0

    def record(self) -> dict[str, object]:
        """Return it as JSON."""
        return {
            "n": self.n,
            "at": iso(self.at),
            "path": self.path,
            "code": self.code,
            "recipient": self.recipient,
            "template_id": self.template_id,
            "tracking_id": self.tracking_id,
            "answered": self.answered,
            "took": self.took,
        }


class Journal:
    """Accepted messages in order, numbered from 1, in memory and optionally in a JSON Lines file.

    A file line is flushed to the operating system before the answer goes out: it survives a kill of the simulator,
    not of the machine. The file says nothing of ``answered``, which is not known yet when the line is written.
    The caller holds the state's lock.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.entries: list[Entry] = []
        self.refusals: list[Refusal] = []
        self.by_message_id: dict[str, Entry] = {}
        self._file: TextIO | None = path.open("a", encoding="utf-8") if path else None

    def accept(self, entry: Entry) -> None:
        """Write the entry down; after this the message counts as sent, whatever the client hears."""
        self.entries.append(entry)
        self.by_message_id[entry.message_id] = entry
        if self._file:
            self._file.write(json.dumps(entry.truth(), ensure_ascii=False) + "\n")
            self._file.flush()

    def close(self) -> None:
        """Close the file; the memory stays readable."""
        if self._file:
            self._file.close()
            self._file = None
