"""Tells the people on duty: an alarm is raised once, stands in the store, and goes to every outlet."""

import json
import logging
import smtplib
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Protocol

from adapter.ports import Store

_LOG = logging.getLogger(__name__)
COMMAND_SECONDS = 10.0
MAIL_SECONDS = 10.0


class Outlet(Protocol):
    """One way to tell people. May raise: the alarm goes to the other outlets all the same."""

    def tell(self, key: str, state: str, sentence: str) -> None:
        """Say that an alarm was ``raised`` or ``cleared``; the sentence is empty when it was cleared."""


class StandingAlarm:
    """``ports.Alarm``: remembers in the store what stands, so that many processes raise one alarm once.

    Never raises. With the store down it remembers in this process instead, and still tells every outlet.
    Must not be called inside a store transaction: it opens its own.
    """

    def __init__(self, store: Store, outlets: Sequence[Outlet]) -> None:
        self._store = store
        self._outlets = tuple(outlets)
        self._untold: set[str] = set()  # raised while the store was down
        self._lock = threading.Lock()

    def raise_(self, key: str, sentence: str) -> None:
        """Raise an alarm, unless it stands already."""
        if self._raised(key, sentence):
            self._tell(key, "raised", sentence)

    def clear(self, key: str) -> None:
        """Note that an alarm is over; says nothing when it did not stand."""
        if self._cleared(key):
            self._tell(key, "cleared", "")

    def _raised(self, key: str, sentence: str) -> bool:
        new = self._ask(
            "alarm.raise", lambda: self._store.write("alarm", lambda tx: tx.alarms.raise_once(key, sentence))
        )
        with self._lock:
            told = key in self._untold
            (self._untold.add if new is None else self._untold.discard)(key)
        return new is not False and not told

    def _cleared(self, key: str) -> bool:
        stood = self._ask("alarm.clear", lambda: self._store.write("alarm", lambda tx: tx.alarms.clear(key)))
        with self._lock:
            told = key in self._untold
            self._untold.discard(key)
        return bool(stood) or told

    def _ask(self, action: str, write: Callable[[], bool]) -> bool | None:
        try:
            return write()
        except Exception as error:  # noqa: BLE001 - whatever broke the store, people must still be told
            _LOG.error("alarm.unwritten", extra={"action": action, "fault": type(error).__name__})
            return None

    def _tell(self, key: str, state: str, sentence: str) -> None:
        for outlet in self._outlets:
            try:
                outlet.tell(key, state, sentence)
            except Exception as error:  # noqa: BLE001 - one deaf outlet must not silence the others
                _LOG.warning("alarm.outlet_failed", extra={"key": key, "fault": _fault(error)})


class LogOutlet:
    """Writes ``alarm.raised`` or ``alarm.cleared`` with the key to the log."""

    def tell(self, key: str, state: str, sentence: str) -> None:
        """Write one line; the sentence is for people and stays out of it."""
        del sentence
        _LOG.log(logging.WARNING if state == "raised" else logging.INFO, "alarm.%s", state, extra={"key": key})


class CommandOutlet:
    """Runs the operator's command with the alarm as JSON on its standard input.

    The command sees MOTCUA_ALARM_KEY, MOTCUA_ALARM_STATE and MOTCUA_ALARM_SENTENCE beside ``environ``, and nothing of
    our own environment, which holds secrets. Waits at most ten seconds; its output is thrown away.
    """

    def __init__(self, command: Sequence[str], environ: Mapping[str, str], seconds: float = COMMAND_SECONDS) -> None:
        self._command = tuple(command)
        self._environ = dict(environ)
        self._seconds = seconds

    def tell(self, key: str, state: str, sentence: str) -> None:
        """Run the command. Raises OSError or subprocess.SubprocessError when it cannot start, fails or is too slow."""
        alarm = {"key": key, "state": state, "sentence": sentence}
        said = {f"MOTCUA_ALARM_{name.upper()}": text for name, text in alarm.items()}
        subprocess.run(  # noqa: S603 - the operator's own command, from the settings, without a shell
            self._command,
            input=json.dumps(alarm, ensure_ascii=False).encode(),
            env=self._environ | said,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=self._seconds,
            check=True,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """A mail server, and from whom to whom. ``security``: ``starttls``, ``tls`` from the first byte, or ``none``."""

    host: str
    port: int
    security: str
    username: str
    password: str = field(repr=False)
    ca_file: str  #: the only authorities believed; empty: the public ones
    sender: str
    recipients: tuple[str, ...]
    seconds: float = MAIL_SECONDS  #: how long telling may hold up who rings, the whole talk with the server included


class MailOutlet:
    """Sends one mail for each alarm raised and each one over, to everybody on duty.

    With ``starttls`` or ``tls`` the server's certificate is checked, and nothing is said in the clear.
    """

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    def tell(self, key: str, state: str, sentence: str) -> None:
        """Send it. Raises OSError, of which ssl's and smtplib's errors are kinds, when it fails or takes too long.

        A server that drips could keep us for minutes, and who rings may be the sender's thread: so a thread of its own
        talks to the server, and goes on by itself when time is over.
        """
        letter, faults = self._letter(key, state, sentence), list[OSError]()
        talking = threading.Thread(target=self._send, args=(letter, faults), name="alarm-mail", daemon=True)
        talking.start()
        talking.join(self._mailbox.seconds)
        if talking.is_alive():
            raise TimeoutError("the mail server timed out")
        if faults:
            raise faults[0]

    def _send(self, letter: EmailMessage, faults: list[OSError]) -> None:
        box = self._mailbox
        try:
            with self._connected() as server:
                if box.security == "starttls":
                    server.starttls(context=self._context())
                if box.password:
                    server.login(box.username, box.password)
                server.send_message(letter)
        except OSError as error:
            faults.append(error)

    def _connected(self) -> smtplib.SMTP:
        box = self._mailbox
        if box.security == "tls":
            return smtplib.SMTP_SSL(box.host, box.port, timeout=box.seconds, context=self._context())
        return smtplib.SMTP(box.host, box.port, timeout=box.seconds)

    def _context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self._mailbox.ca_file or None)

    def _letter(self, key: str, state: str, sentence: str) -> EmailMessage:
        box, here, over = self._mailbox, socket.gethostname(), state == "cleared"
        letter = EmailMessage()
        letter["From"], letter["To"] = box.sender, ", ".join(box.recipients)
        letter["Subject"] = f"[motcua] {'Đã hết' if over else 'Cảnh báo'}: {key}"
        letter["Date"], letter["Message-ID"] = formatdate(), make_msgid(domain=box.sender.partition("@")[2])
        letter["Auto-Submitted"] = "auto-generated"  # so that no holiday answer comes back (RFC 3834)
        said = "Cảnh báo này đã hết. / This alarm is over." if over else sentence
        letter.set_content(f"{said}\n\nCảnh báo / alarm: {key}\nMáy / host: {here}\nXem / see: motcua status\n")
        return letter


def _fault(error: Exception) -> str:
    code = getattr(error, "returncode", None)
    return type(error).__name__ if code is None else f"{type(error).__name__} {code}"
