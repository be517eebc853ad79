"""Whether a daemon is in the way of what may be done only while none is at work."""

from adapter import daemon
from adapter.cli.failures import Failure
from adapter.steps import takeover
from adapter.store import revision
from adapter.wiring.books import new_owner


def refuse_while_running(url: str) -> None:
    """Fail, naming them, when daemons are at work on a database of whatever revision, on other machines too.

    By their leases in it: those of dead processes of this host do not count, those of another machine do for the minute
    until they run out. Raises StoreError when the database cannot be opened.
    """
    here = new_owner()
    signs = daemon.signs(revision.leases(url))
    running = sorted(sign.owner for sign in signs if not takeover.gone(sign, here, daemon.alive))
    if running:
        raise Failure([f"tiến trình {owner} đang chạy; hãy chạy `motcua stop --wait 30` trước" for owner in running])
