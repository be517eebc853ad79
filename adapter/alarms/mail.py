"""Telling people by mail."""

import smtplib
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

MAIL_SECONDS = 10.0


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

    name = "mail"

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    def tell(self, key: str, state: str, sentence: str) -> None:
        """Send it. Raises OSError, of which ssl's and smtplib's errors are kinds, when it fails or takes too long.

        And whatever smtplib lets through: ValueError for a password that is not ASCII, or for a riddle of the server's.

        A server that drips could keep us for minutes, and who rings may be the sender's thread: so a thread of its own
        talks to the server, and goes on by itself when time is over.
        """
        letter = self._letter(key, state, sentence)
        self._talk(lambda server: server.send_message(letter))

    def probe(self) -> None:
        """Connect and log in as for a letter, and send none. Raises as ``tell`` does."""
        self._talk(lambda server: server.noop())

    def _talk(self, work: Callable[[smtplib.SMTP], object]) -> None:
        faults = list[Exception]()
        talking = threading.Thread(target=self._do, args=(work, faults), name="alarm-mail", daemon=True)
        talking.start()
        talking.join(self._mailbox.seconds)
        if talking.is_alive():
            raise TimeoutError("the mail server timed out")
        if faults:
            raise faults[0]

    def _do(self, work: Callable[[smtplib.SMTP], object], faults: list[Exception]) -> None:
        box = self._mailbox
        try:
            with self._connected() as server:
                if box.security == "starttls":
                    server.starttls(context=self._context())
                if box.password:
                    server.login(box.username, box.password)
                work(server)
        except Exception as error:  # noqa: BLE001 - one that ended here would pass for a letter that was sent
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
