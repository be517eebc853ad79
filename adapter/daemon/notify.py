"""systemd's notify protocol: one datagram (sd_notify(3)). Does nothing where systemd does not ask for it."""

import logging
import socket

from adapter.config import environment

log = logging.getLogger(__name__)


def notify(state: str) -> None:
    """Tell systemd ``READY=1``, ``WATCHDOG=1``, ``RELOADING=1`` or ``STOPPING=1``. Never raises."""
    address = environment().get("NOTIFY_SOCKET", "")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]  # an abstract socket is written with @ in the environment
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sock:
            sock.connect(address)
            sock.sendall(state.encode())
    except OSError as error:
        log.warning("notify.failed", extra={"fault": type(error).__name__})
