"""Everything the simulated platform knows, behind one lock."""

import secrets
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path

from adapter.simulators.zalo.accounts import App, Directory, OfficialAccount, User
from adapter.simulators.zalo.clock import VirtualClock, vietnam_day
from adapter.simulators.zalo.codes import Family, Problem
from adapter.simulators.zalo.exchange import Request
from adapter.simulators.zalo.journal import Entry, Journal, Refusal
from adapter.simulators.zalo.knobs import Knobs
from adapter.simulators.zalo.templates import Template, template_from
from adapter.simulators.zalo.tokens import TokenBook


class Bucket:
    """Calls counted in calendar minutes; the count starts anew with each minute (zalo.md 8)."""

    def __init__(self) -> None:
        self._minute = 0
        self._count = 0

    def take(self, now: float, limit: int) -> int | None:
        """Count one call; return how many remain (negative: over), or None when ``limit`` 0 lifts it."""
        if not limit:
            return None
        minute = int(now // 60)
        if minute != self._minute:
            self._minute, self._count = minute, 0
        self._count += 1
        return limit - self._count


class State:
    """One app, one OA and all that belongs to them. Hold ``lock`` for whatever reads or changes more than one thing."""

    def __init__(self, *, app: App, account: OfficialAccount, knobs: Knobs, journal_path: Path | None = None) -> None:
        self.lock = threading.RLock()
        self.app = app
        self.account = account
        self.knobs = knobs
        self.clock = VirtualClock()
        self.tokens = TokenBook()
        self.users = Directory()
        self.templates: dict[str, Template] = {}
        self.journal = Journal(journal_path)
        self.buckets = {Family.OA: Bucket(), Family.ZBS: Bucket()}
        self.run = secrets.token_hex(8)
        self._day = vietnam_day(self.clock.now())

    def put_templates(self, rows: Iterable[Mapping[str, object]]) -> None:
        """Add templates or change them by ``template_id``. Raises ValueError on a bad row."""
        for row in rows:
            template = template_from(row, self.templates.get(str(row.get("template_id"))))
            self.templates[template.template_id] = template

    def put_user(self, changes: Mapping[str, object]) -> User:
        """Add or change a user; a phone that goes offline or comes back moves its messages' fate."""
        user = self.users.put(changes)
        if "offline" in changes:
            self._reconsider(user)
        return user

    def roll_day(self) -> None:
        """Set the day's counters to zero when the Vietnam day has changed."""
        today = vietnam_day(self.clock.now())
        if today != self._day:
            self._day = today
            self.account.used_today = 0
            for template in self.templates.values():
                template.used_today = 0

    def deliver(self, entry: Entry, since: float) -> None:
        """Fix when a phone that is on the net from ``since`` gets the message, and charge it.

        A message that cannot arrive within its template's timeout is dropped without charge.
        """
        arrives = max(since, entry.at + self.knobs.delivery_delay)
        if arrives <= entry.at + entry.timeout:
            entry.delivered_at = arrives
            self.account.balance -= entry.price

    def refuse(self, request: Request, code: int) -> Refusal:
        """Write a refused call down."""
        body = request.json() or {}
        refusals = self.journal.refusals
        refusal = Refusal(
            n=len(refusals) + 1,
            at=self.clock.now(),
            path=request.path,
            code=code,
            recipient=body.get("phone") or body.get("user_id"),
            template_id=body.get("template_id"),
            tracking_id=body.get("tracking_id"),
        )
        refusals.append(refusal)
        return refusal

    def code_of(self, problem: Problem, family: Family) -> int:
        """Return the code of a problem in one family, as the knobs stand."""
        codes = problem.value
        if family is Family.ZBS:
            return self.knobs.no_money_code if problem is Problem.NO_MONEY else codes.zbs
        if problem is Problem.TOKEN_STALE:
            return self.knobs.stale_token_code
        return codes.zbs if codes.template and self.knobs.uid_template_codes == "zbs" else codes.oa

    def _reconsider(self, user: User) -> None:
        now = self.clock.now()
        for entry in self.journal.entries:
            if entry.recipient not in (user.phone, user.uid):
                continue
            if user.offline and entry.delivered_at is not None and entry.delivered_at > now:
                entry.delivered_at = None
                self.account.balance += entry.price
            elif not user.offline and entry.delivered_at is None:
                self.deliver(entry, now)
