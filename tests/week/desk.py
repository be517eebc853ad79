"""The operator at the desk: looks in from time to time, and does what the handbook says for each alarm that stands."""

import contextlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from adapter.errors import AdapterError
from adapter.model import DeliveryState, MessageId, PauseScope, TokenState
from adapter.steps import intervene
from adapter.store import open_store
from adapter.wiring.house import House
from tests import truths
from tests.towns import APP, Town
from tests.week.hands import Hands
from tests.week.witness import Witness

BY = "trực ban"

ENOUGH = 4
"""A message that Zalo sent back so often is given up by the person, with a note, as one would."""


@dataclass(slots=True)
class Desk:
    """One operator. Every visit opens the house anew, as each command does."""

    town: Town
    hands: Hands
    witness: Witness
    acts: Counter[str] = field(default_factory=Counter)
    _released: Counter[MessageId] = field(default_factory=Counter)

    @contextlib.contextmanager
    def open(self) -> Iterator[House]:
        """The house as ``motcua`` opens it, in simulated time."""
        settings = self.town.settings()
        house = House(
            settings, open_store(settings.store.url, settings.store.keys, clock=self.hands.now), self.hands.now
        )
        try:
            yield house
        finally:
            house.close()

    def visit(self) -> None:
        """Look at what needs a person and act. A database that is away just now is looked at the next time."""
        try:
            if not self._needed():
                return
            with self.open() as house:
                self._tokens(house)
                self._templates(house)
                self._held(house)
        except AdapterError:
            self._note("turned away", 1)

    def _needed(self) -> bool:
        """A glance, without opening the whole house."""
        settings = self.town.settings()
        store = open_store(settings.store.url, settings.store.keys, clock=self.hands.now)
        try:
            seen = store.read(lambda tx: tx.snapshot())
        finally:
            store.close()
        lost = seen.token is None or seen.token.state is TokenState.LOST
        return lost or bool(seen.deliveries.get(DeliveryState.HELD)) or bool(seen.pauses)

    def give_tokens(self, house: House) -> None:
        """``motcua zalo token set`` with a pair from the API Explorer; the daemon makes it its own."""
        pair = self.town.zalo.issue_tokens()
        house.tokens.set_pair(pair.access_token, pair.refresh_token)
        house.tokens.refresh_if_due()

    def _tokens(self, house: House) -> None:
        pair = house.store.read(lambda tx: tx.vault.load(APP))
        if pair is None or pair.state is TokenState.LOST:
            self._note("token set", 1)
            self.give_tokens(house)

    def _templates(self, house: House) -> None:
        """Templates that Zalo takes again are resumed."""
        for pause in house.store.read(lambda tx: tx.pauses.standing()):
            if pause.scope is PauseScope.TEMPLATE and self._approved(house, pause.name):
                self._note("resume --template", intervene.resume(house.store, house.alarm, pause.scope, pause.name, BY))

    def _approved(self, house: House, name: str) -> bool:
        ids = {zbs.template_id for zbs in house.rulebook.templates[name].zbs.values()}
        known = self.town.zalo.state.templates
        return all(known[id_].status == "ENABLE" and known[id_].problem_by_uid() is None for id_ in ids)

    def _held(self, house: House) -> None:
        """What is held is let go, unless its template still stands still; what always comes back is cancelled."""
        paused = {p.name for p in house.store.read(lambda tx: tx.pauses.standing()) if p.scope is PauseScope.TEMPLATE}
        held = [
            one.id
            for one in truths.deliveries(house.store, DeliveryState.HELD)
            if one.message.routes[one.standing.channel_index].template not in paused
        ]
        go = [id_ for id_ in held if self._released[id_] < ENOUGH]
        stay = [id_ for id_ in held if self._released[id_] >= ENOUGH]
        self._released.update(go)
        for id_ in go:
            self.witness.released[id_].append(self.hands.now())
        self.witness.cancelled |= dict.fromkeys(stay, self.hands.now())
        self._note("release", intervene.release(house.store, house.rulebook, house.policy(), go, BY))
        self._note("cancel", intervene.cancel(house.store, house.rulebook, stay, BY))

    def _note(self, act: str, times: int) -> None:
        if times:
            self.acts[act] += times
