"""A mail server for tests: takes letters over SMTP, in the clear, after STARTTLS or over TLS, and keeps them."""

import contextlib
import socket
import ssl
import subprocess
import threading
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self


@dataclass
class MailServer:
    """Listens on loopback until the block ends. ``certificate`` and key: for ``starttls`` or ``tls``."""

    security: str = "none"
    certificate: Path | None = None
    refuses: bool = False  #: every recipient
    silent: bool = False  #: takes the connection and says nothing
    drip: float = 0.0  #: seconds before each answer
    letters: list[bytes] = field(default_factory=list)
    said: list[str] = field(default_factory=list)  #: commands, as they came
    sealed: list[bool] = field(default_factory=list)  #: for each command, whether it came over TLS

    def __enter__(self) -> Self:
        self._hurry = threading.Event()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._hurry.set()
        self._listening.close()

    @property
    def port(self) -> int:
        port: int = self._listening.getsockname()[1]
        return port

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._attend, args=(connection,), daemon=True).start()

    def _attend(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), contextlib.ExitStack() as closing:
            closing.enter_context(connection)
            if self.silent:
                connection.recv(1)
                return
            self._converse(self._wrapped(connection, closing) if self.security == "tls" else connection, closing)

    def _wrapped(self, connection: socket.socket, closing: contextlib.ExitStack) -> socket.socket:
        assert self.certificate is not None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate)
        # Wrapped first and shaken hands with afterwards, so that it is closed when the client does not like it.
        wrapped = context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        closing.enter_context(wrapped).do_handshake()
        return wrapped

    def _converse(self, connection: socket.socket, closing: contextlib.ExitStack) -> None:
        connection.sendall(b"220 test\r\n")
        reader = closing.enter_context(connection.makefile("rb"))
        while line := reader.readline():
            command = line.decode().strip()
            self.said.append(command)
            self.sealed.append(isinstance(connection, ssl.SSLSocket))
            verb = command.partition(" ")[0].upper()
            if verb == "DATA":
                connection.sendall(b"354 go on\r\n")
                letter = b""
                while (part := reader.readline()) != b".\r\n":
                    letter += part
                self.letters.append(letter)
            self._hurry.wait(self.drip)
            connection.sendall(self._answer(verb))
            if verb == "STARTTLS":
                connection = self._wrapped(connection, closing)
                reader = closing.enter_context(connection.makefile("rb"))
            if verb == "QUIT":
                return

    def _answer(self, verb: str) -> bytes:
        if verb == "EHLO":
            offers = "STARTTLS\r\n250 AUTH PLAIN" if self.security == "starttls" else "AUTH PLAIN"
            return f"250-test\r\n250{'-' if 'STARTTLS' in offers else ' '}{offers}\r\n".encode()
        if verb == "RCPT" and self.refuses:
            return b"550 no such user\r\n"
        return {"AUTH": b"235 come in\r\n", "STARTTLS": b"220 go on\r\n", "QUIT": b"221 bye\r\n"}.get(
            verb, b"250 ok\r\n"
        )


def certificate(folder: Path, host: str = "127.0.0.1") -> Path:
    """A self-signed certificate with its key, in one PEM file, made by the ``openssl`` program."""
    path = folder / "server.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
            *("-days", "2", "-subj", "/CN=test", "-addext", f"subjectAltName=IP:{host}"),
            *("-keyout", str(path), "-out", str(folder / "certificate.pem")),
        ],
        check=True,
        capture_output=True,
    )
    path.write_bytes(path.read_bytes() + (folder / "certificate.pem").read_bytes())
    return path
