"""What the steps write into the ledger: one shape for each kind of act. Facts only; personal fields kept apart.

The balance (``core.balance``) reads these shapes back, so a change here is a change there.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from adapter.core.calendar import vietnam_day
from adapter.model import Act, Cause, Delivery, DeliveryState, Message, Move, Pause, Plan, Run, Skipped


def change_act(plan: Plan, code: str, run: str, mapping: str, now: datetime) -> Act:
    """A change was seen, with every obligation it brought and what became of each."""
    change = plan.change
    return Act(
        kind="change",
        facts={
            "change": change.key,
            "day": vietnam_day(now).isoformat(),
            "events": list(change.events),
            "from": change.from_status or "",
            "mapping": mapping,
            "obligations": [*map(_told, plan.messages), *map(_untold, plan.skipped)],
            "office": change.office,
            "procedure": change.procedure,
            "run": run,
            "to": change.to_status,
        },
        personal={"code": code},
    )


def _told(message: Message) -> dict[str, str]:
    return {"id": message.id, "rule": message.rule, "to": message.audience}


def _untold(skipped: Skipped) -> dict[str, str]:
    return {"id": skipped.id, "reason": skipped.reason, "rule": skipped.rule, "to": skipped.audience}


def reminder_act(outcome: Message | Skipped, follows_up: str, now: datetime) -> Act:
    """A reminder was made because a message stayed unknown: an obligation that no change brought."""
    return Act(
        kind="reminder",
        facts={
            "day": vietnam_day(now).isoformat(),
            "follows_up": follows_up,
            "obligations": [_told(outcome) if isinstance(outcome, Message) else _untold(outcome)],
            "office": outcome.office,
            "procedure": outcome.procedure,
        },
    )


def delivery_act(delivery: Delivery, move: Move, by: str = "motcua") -> Act:
    """A delivery moved to another state. ``moves`` orders what is told about one delivery, whatever the clocks say."""
    return Act(
        kind="delivery",
        facts={
            "attempt": delivery.attempt,
            "by": by,
            "cause": move.cause,
            "channel": delivery.route.channel,
            "code": move.code,
            "id": delivery.id,
            "moves": delivery.moves + 1,
            "reference": move.reference,
            "state": move.to,
        },
    )


def held_act(delivery: Delivery, reason: str) -> Act:
    """A delivery was HELD with its whole run; it stands as HELD already."""
    move = Move(to=DeliveryState.HELD, cause=Cause.SURGE, code=reason)
    return delivery_act(replace(delivery, moves=delivery.moves - 1), move)


def delivery_acts(moves: Iterable[tuple[Delivery, Move]], moved: frozenset[str]) -> list[Act]:
    """Acts of those moves that really happened."""
    return [delivery_act(delivery, move) for delivery, move in moves if delivery.id in moved]


def run_act(run: Run) -> Act:
    """A reading of a source ended."""
    return Act(
        kind="run",
        facts={
            "changes": run.changes,
            "fault": run.fault,
            "from": run.window.start.isoformat(),
            "reading": run.kind,
            "messages": run.messages,
            "records": run.records,
            "run": run.id,
            "source": run.source,
            "state": run.state,
            "until": run.window.end.isoformat(),
        },
    )


def pause_act(pause: Pause) -> Act:
    """An answer of Zalo's, or none, made a scope stand still."""
    return Act(kind="pause", facts={"scope": pause.scope, "name": pause.name, "reason": pause.reason, "by": pause.by})


def person_act(verb: str, by: str, **facts: str) -> Act:
    """A person did something at the controls."""
    return Act(kind="person", facts={"verb": verb, "by": by, **facts})
