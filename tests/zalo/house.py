"""Several processes of ours, one store, one clock, one Zalo."""

from collections.abc import Callable
from typing import TypeVar

from adapter.errors import StoreError
from adapter.model import TokenPair
from adapter.ports import Store, Tx
from adapter.simulators.zalo.simulator import ZaloSimulator
from adapter.zalo.settings import Zalo
from adapter.zalo.token_book import Begun, TokenBook
from adapter.zalo.tokens import Keeper
from tests.fakes import WatchedStore
from tests.zalo.builders import APP_ID, settings
from tests.zalo.doubles import FakeAlarm, FakeClock

T = TypeVar("T")

TOKEN_PATH = "/oauth/v4/oa/access_token"
HALF_LIFE = 12.5 * 3600


class House:
    """Processes that share one store, one clock and one Zalo."""

    def __init__(self, store: Store, clock: FakeClock, alarm: FakeAlarm, sim: ZaloSimulator) -> None:
        self.store, self.clock, self.alarm, self.sim = store, clock, alarm, sim

    def keeper(self, owner: str = "one", *, zalo: Zalo | None = None, store: Store | None = None) -> Keeper:
        zalo = zalo or settings(self.sim.url, apart=True)
        return Keeper(store=store or self.store, settings=zalo, alarm=self.alarm, clock=self.clock, owner=owner)

    def begin(self, keeper: Keeper) -> TokenPair:
        """Give the keeper Zalo's first pair, as the API Explorer does, and let it make it its own."""
        first = self.sim.issue_tokens()
        keeper.set_pair(first.access_token, first.refresh_token)
        keeper.refresh_if_due()
        return self.pair

    @property
    def pair(self) -> TokenPair:
        pair = self.store.read(lambda tx: tx.vault.load(APP_ID))
        assert pair is not None
        return pair

    @property
    def living(self) -> str:
        assert self.sim.state.tokens.current is not None
        return self.sim.state.tokens.current.access_token

    @property
    def questions(self) -> int:
        """How often the token endpoint was asked, with success or without."""
        refused = [call for call in self.sim.refusals() if call["path"] == TOKEN_PATH]
        return self.sim.state.tokens.rotations + len(refused)

    def crash_in_the_middle(self) -> Begun:
        """Another process has written down that it spends the refresh token, and is heard of no more."""
        begun = TokenBook(self.store, APP_ID, "dead", 27).begin(self.pair.generation, self.clock())
        assert begun is not None
        return begun


class Freezing(WatchedStore):
    """A store after whose write of one label time passes."""

    def __init__(self, store: Store, label: str, passes: Callable[[], object]) -> None:
        super().__init__(store)
        self._label, self._passes = label, passes

    def write(self, label: str, work: Callable[[Tx], T]) -> T:
        done = super().write(label, work)
        if label == self._label:
            self._passes()
        return done


class FailingOnce:
    """A store whose write of one label fails, the first time or always."""

    def __init__(self, store: Store, label: str, *, always: bool = False) -> None:
        self._store = store
        self._label = label
        self._always = always

    def write(self, label: str, work: Callable[[Tx], T]) -> T:
        if label == self._label or self._always:
            self._label = ""
            raise StoreError("the disk is full")
        return self._store.write(label, work)

    def read(self, work: Callable[[Tx], T]) -> T:
        if self._always:
            raise StoreError("away")
        return self._store.read(work)

    def clock_skew(self) -> float:
        return self._store.clock_skew()

    def wait_for_work(self, seconds: float) -> bool:
        return self._store.wait_for_work(seconds)

    def close(self) -> None:
        self._store.close()
