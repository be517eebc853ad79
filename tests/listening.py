"""A socket server of a test's own on the loopback, one connection after the other, in a thread."""

import contextlib
import socket
import threading
from typing import Self


class Listener:
    """Listens while its block lasts; ``meet`` says what happens to each who connects."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve)

    @property
    def address(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self._socket.getsockname()[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()

    def meet(self, connection: socket.socket) -> None:
        """Deal with one who connected. An OSError means that the other side has had enough."""
        raise NotImplementedError

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection, contextlib.suppress(OSError):
                self.meet(connection)
