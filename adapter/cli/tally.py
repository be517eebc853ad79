"""What became of what was sent: Zalo's answers counted as they pass by."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from adapter.model import Accepted, Cause, Delivery, MessageId, Refused, Settled
from adapter.ports import Channels


@dataclass(slots=True)
class Tally:
    """How many messages Zalo took, refused, or left in doubt, and how many never left this machine."""

    accepted: int = 0
    refused: int = 0
    unclear: int = 0
    never_left: int = 0

    def count(self, settled: Sequence[Settled]) -> None:
        """Count these answers."""
        for one in settled:
            match one.answer:
                case Accepted():
                    self.accepted += 1
                case Refused(cause=Cause.NEVER_LEFT):
                    self.never_left += 1
                case Refused():
                    self.refused += 1
                case _:
                    self.unclear += 1


@dataclass(frozen=True, slots=True)
class Counted:
    """A channel as it is, its answers counted (``adapter.ports.Channels``)."""

    channels: Channels
    tally: Tally = field(default_factory=Tally)

    def free(self) -> int:
        """How many more sends fit now."""
        return self.channels.free()

    def send(self, deliveries: Sequence[Delivery]) -> None:
        """Start sending."""
        self.channels.send(deliveries)

    def answers(self, wait: float, linger: float) -> list[Settled]:
        """Answers that have come."""
        return self._counted(self.channels.answers(wait, linger))

    def arrived(self, references: Sequence[tuple[MessageId, str]]) -> dict[MessageId, bool | None]:
        """Ask whether messages reached the phone."""
        return self.channels.arrived(references)

    def drain(self, seconds: float) -> list[Settled]:
        """Wait for what is on the wire."""
        return self._counted(self.channels.drain(seconds))

    def close(self) -> None:
        """Stop."""
        self.channels.close()

    def _counted(self, settled: list[Settled]) -> list[Settled]:
        self.tally.count(settled)
        return settled
