"""What the engine asks of the province, of Zalo and of the people on duty."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from adapter.model import Delivery, Interval, MessageId, Record, Settled


class Source(Protocol):
    """One one-stop system."""

    def changes(self, window: Interval, partition: str) -> Iterator[Record]:
        """Records that changed in a window of the source's clock, streamed; one may come more than once.

        Ends normally only when the whole window is proven read. Raises SourceError otherwise, after having given
        what came before the fault; that is safe to keep, but closes nothing.
        """

    def lookup(self, code: str) -> Record | None:
        """One dossier by its code as it stands now. Raises SourceError."""

    def close(self) -> None:
        """Close connections. Safe to call twice."""


class Channels(Protocol):
    """Zalo. Takes deliveries already claimed, and hands back an answer for each, in any order, exactly once."""

    def free(self) -> int:
        """How many more sends fit now without waiting."""

    def send(self, deliveries: Sequence[Delivery]) -> None:
        """Start sending; returns at once. The caller has committed the claim before."""

    def answers(self, wait: float, linger: float) -> list[Settled]:
        """Answers that have come: waits for the first at most ``wait`` seconds, then a little, for more to come.

        ``linger``: seconds within which each further one must come to be waited for. None is given twice.
        """

    def arrived(self, references: Sequence[tuple[MessageId, str]]) -> dict[MessageId, bool | None]:
        """Ask whether phone messages reached the phone, by Zalo's message id; None: Zalo does not know or say."""

    def drain(self, seconds: float) -> list[Settled]:
        """Wait for what is on the wire, at most so long, and give the last answers."""

    def close(self) -> None:
        """Stop. What is still on the wire is given up (its lease will run out)."""


class TokenKeeper(Protocol):
    """Keeps the access token fresh. Only one process refreshes, by lease."""

    def access(self) -> str:
        """The access token to use now. Raises TokenLostError when there is none."""

    def rejected(self, token: str) -> None:
        """Zalo did not accept this token: refresh once, unless a newer one is there already."""

    def refresh_if_due(self) -> None:
        """Refresh past half-life. Never raises: a fault becomes an alarm."""


class Alarm(Protocol):
    """Tells the people on duty. An alarm is raised once and stands until it is cleared."""

    def raise_(self, key: str, sentence: str) -> None:
        """Raise: one Vietnamese sentence that says what happened and what to do, without personal data."""

    def clear(self, key: str) -> None:
        """It is over; who was told that it stands is told so."""

    def remind(self) -> int:
        """Tell those again who could not be told; gives how much was told now. Raises StoreError."""
