"""The control endpoints of the demo's own processes, called over loopback with the standard library."""

import json
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from typing import Any

HOST = "127.0.0.1"
_SECONDS = 5.0
_OK = 200


@dataclass(frozen=True, slots=True)
class Door:
    """One process of ours that listens on loopback. Every call opens and closes a connection of its own."""

    port: int

    @property
    def url(self) -> str:
        """Where it listens, without a path."""
        return f"http://{HOST}:{self.port}"

    def get(self, path: str) -> Any:
        """The JSON at a path. Raises OSError when nobody listens or the answer is not 200."""
        return json.loads(self._ask("GET", path))

    def lines(self, path: str) -> list[Any]:
        """The JSON lines at a path, in order. Raises OSError."""
        return [json.loads(line) for line in self._ask("GET", path).splitlines()]

    def post(self, path: str, document: object) -> Any:
        """Hand over a JSON document and give the answer. Raises OSError."""
        return json.loads(self._ask("POST", path, json.dumps(document).encode()))

    def opens(self, path: str) -> bool:
        """Whether a GET of that path is answered with 200."""
        try:
            self._ask("GET", path)
        except OSError:
            return False
        return True

    def _ask(self, method: str, path: str, body: bytes | None = None) -> bytes:
        connection = HTTPConnection(HOST, self.port, timeout=_SECONDS)
        try:
            connection.request(method, path, body)
            answer = connection.getresponse()
            content = answer.read()
        except HTTPException as error:
            raise OSError(f"{self.url}{path}: {type(error).__name__}") from error
        finally:
            connection.close()
        if answer.status != _OK:
            raise OSError(f"{self.url}{path}: HTTP {answer.status}")
        return content
