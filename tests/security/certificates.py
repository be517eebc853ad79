"""Certificate authorities and servers that speak TLS on loopback. Certificates are made by the ``openssl`` program."""

import json
import shutil
import ssl
import subprocess
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self

from tests.onestop import hostile

HERE = "IP:127.0.0.1"
_EC = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1")


@dataclass(frozen=True)
class Identity:
    """A certificate and its key, as PEM files."""

    cert: Path
    key: Path


def _openssl(*arguments: str | Path) -> None:
    program = shutil.which("openssl")
    assert program, "these tests need the openssl program (Debian: apt-get install openssl)"
    subprocess.run([program, *map(str, arguments)], check=True, capture_output=True, timeout=30)


class Authority:
    """Issues certificates; ``pem`` is its own."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._folder, self.pem, self._key = folder, folder / "ca.pem", folder / "ca.key"
        _openssl(
            "req", "-x509", *_EC, "-noenc", "-keyout", self._key, "-out", self.pem, "-days", "2", "-subj", "/CN=Test CA"
        )

    def issue(self, name: str, san: str = HERE, *, days: int = 2, password: str = "") -> Identity:
        """A certificate for ``san``; ``days`` negative: expired; ``password``: of its key, which is then encrypted."""
        made = Identity(self._folder / f"{name}.pem", self._folder / f"{name}.key")
        wanted, extensions = self._folder / f"{name}.csr", self._folder / f"{name}.ext"
        extensions.write_text(f"subjectAltName={san}\n", "utf-8")
        hidden = ("-passout", f"pass:{password}") if password else ("-noenc",)
        _openssl("req", *_EC, *hidden, "-keyout", made.key, "-out", wanted, "-subj", f"/CN={name}")
        signing = ("-CA", self.pem, "-CAkey", self._key, "-CAcreateserial")
        _openssl("x509", "-req", "-in", wanted, *signing, "-days", str(days), "-extfile", extensions, "-out", made.cert)
        made.key.chmod(0o600)
        return made


FOUND = (
    '<TraCuuHoSoResponse xmlns="http://tempuri.org/"><TraCuuHoSoResult><ErrorCode>0</ErrorCode>'
    f"<Result>{hostile.row(1)}</Result></TraCuuHoSoResult></TraCuuHoSoResponse>"
)
ACCEPTED = {"error": 0, "message": "Success", "data": {"msg_id": "96d3cdf3af15"}}


class _Answering(BaseHTTPRequestHandler):
    """Answers SOAP with a dossier, and JSON with "accepted"."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        assert isinstance(self.server, TlsServer)
        self.server.heard.append(f"{self.path} {body.decode()}")
        soap = b"Envelope" in body
        said = hostile.envelope(FOUND) if soap else json.dumps(ACCEPTED).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/xml" if soap else "application/json")
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the standard library's name
        del format, args


class TlsServer(ThreadingHTTPServer):
    """Both the one-stop and Zalo, behind one certificate, from ``with`` to its end."""

    daemon_threads = True

    def __init__(
        self, identity: Identity, *, clients: Path | None = None, context: ssl.SSLContext | None = None
    ) -> None:
        super().__init__(("127.0.0.1", 0), _Answering)
        self.heard: list[str] = []
        self._context = context or ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(identity.cert, identity.key)
        if clients:
            self._context.load_verify_locations(clients)
            self._context.verify_mode = ssl.CERT_REQUIRED
        # Hands are shaken in the thread of the connection, at its first read: a refusal must not stop the listener.
        self.socket = self._context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,))

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.server_port}"

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up during the handshake is what most of these tests want."""

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()
