import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from adapter.model import Delivery, MessageId, Settled
from adapter.ports import Store
from adapter.simulators.zalo.simulator import ZaloSimulator
from adapter.store import open_store
from adapter.store.cipher import create_keys
from adapter.store.migrate import upgrade
from adapter.zalo.sender import Sender
from adapter.zalo.settings import Zalo
from tests.zalo.builders import APP_ID, APP_SECRET, PHONE, UID
from tests.zalo.doubles import FakeAlarm, FakeClock, FakeKeeper
from tests.zalo.house import House
from tests.zalo.raw_server import Act, RawServer

OpenSender = Callable[..., Sender]
Serve = Callable[..., RawServer]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def alarm() -> FakeAlarm:
    return FakeAlarm()


@pytest.fixture
def keeper() -> FakeKeeper:
    return FakeKeeper()


@pytest.fixture
def serve() -> Iterator[Serve]:
    servers: list[RawServer] = []

    def start(*acts: Act) -> RawServer:
        servers.append(RawServer(*acts))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def open_sender(keeper: FakeKeeper, clock: FakeClock) -> Iterator[OpenSender]:
    senders: list[Sender] = []

    def start(settings: Zalo, transport: httpx.AsyncBaseTransport | None = None, **more: FakeKeeper) -> Sender:
        senders.append(Sender(settings=settings, keeper=more.get("keeper", keeper), clock=clock, transport=transport))
        return senders[-1]

    yield start
    for sender in senders:
        sender.close()


@pytest.fixture
def sim() -> Iterator[ZaloSimulator]:
    template = {
        "template_id": "100",
        "params": [{"name": "ten"}, {"name": "ngay", "type": "DATE", "max_length": 20}],
    }
    with ZaloSimulator(app_id=APP_ID, app_secret=APP_SECRET, templates=[template]) as simulator:
        simulator.state.put_user({"uid": UID.value, "phone": PHONE.value, "follows": True})
        yield simulator


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A migrated, empty database and the keys of its sealed columns."""
    folder = tmp_path_factory.mktemp("zalo-store")
    database, keys = folder / "template.db", folder / "keys.json"
    create_keys(keys)
    upgrade(f"sqlite:///{database}")
    return database, keys


@pytest.fixture
def store(migrated: tuple[Path, Path], tmp_path: Path, clock: FakeClock) -> Iterator[Store]:
    template, keys = migrated
    shutil.copy(template, tmp_path / "motcua.db")
    opened = open_store(f"sqlite:///{tmp_path / 'motcua.db'}", keys, clock=clock)
    yield opened
    opened.close()


@pytest.fixture
def house(store: Store, clock: FakeClock, alarm: FakeAlarm, sim: ZaloSimulator) -> House:
    return House(store, clock, alarm, sim)


def sent(sender: Sender, *deliveries: Delivery) -> dict[MessageId, Settled]:
    """Hand in, and wait until every answer is there."""
    sender.send(deliveries)
    return {settled.id: settled for settled in sender.drain(20)}
