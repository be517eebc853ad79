"""What a sender works with: made once by ``wiring``, the same in every turn until a mapping or a setting changes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from adapter.core.obligations import Policy
from adapter.model import Channel, Limit, Rulebook
from adapter.ports import Alarm, Channels, Store
from adapter.steps.line import Line


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivering:
    """What a sender works with."""

    store: Store
    channels: Channels
    rulebook: Rulebook
    alarm: Alarm
    owner: str
    policy: Policy
    limits: Mapping[Channel, tuple[Limit, ...]]
    reserved_slots: int
    lease_seconds: float
    unknown_wait: timedelta
    line: Line  #: the sender's own, the same in every turn
