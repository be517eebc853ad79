"""Nights and days: summer time of the host's zone, the leap day, Tết. The whole town lives at another time."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from adapter.core.calendar import VIETNAM
from adapter.model import DeliveryState, RunKind
from tests.daemon.test_daemon import file, takes_over
from tests.faults.machine import Clock, running
from tests.faults.scene import Scene, code_of

HOUR = timedelta(hours=1)
QUIET = "\nquiet: 21:00-07:00\nquiet_days_off: 21:00-08:00\n"


class Life:
    """A town whose province, Zalo and daemon's machine have one clock, which is not ours."""

    def __init__(self, scene: Scene, begins: datetime) -> None:
        self.scene, self.clock = scene, Clock(scene)
        self._zalo_was = 0.0
        self.turn_to(begins)
        scene.place.give_tokens()  # a pair of that day

    def turn_to(self, moment: datetime) -> None:
        """Set everybody's clock; it goes on from there."""
        ahead = (moment - datetime.now(UTC)).total_seconds()
        self.scene.place.province.knobs.turn(clock_skew=ahead)
        with self.scene.place.zalo.state.lock:
            self.scene.place.zalo.state.clock.offset = ahead
        self.clock.set(ahead)

    @property
    def now(self) -> datetime:
        """The time in this life."""
        return self.scene.place.province.province.clock()

    def file(self, *numbers: int, **changed: str) -> None:
        """New dossiers of this day are received."""
        received = self.now.astimezone(VIETNAM).strftime("%d/%m/%Y %H:%M:%S")
        for number in numbers:
            self.scene.filed.add(file(self.scene.place, number, NgayTiepNhan=received, **changed))

    def told_at(self, number: int) -> datetime:
        """When its citizen was told."""
        (at,) = [r["at"] for r in self.scene.place.zalo.journal() if r["template_data"]["ma_ho_so"] == code_of(number)]
        return datetime.fromisoformat(at)


def vietnam(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=VIETNAM)


def quiet_nights(scene: Scene) -> None:
    """As `motcua init` writes them; the towns of tests have none."""
    path = scene.place.folder / "mappings" / "vinhphuc" / "calendar.yaml"
    path.write_text(path.read_text("utf-8") + QUIET, "utf-8")


@pytest.mark.fault("host-zone")
@pytest.mark.parametrize(
    ("zone", "change"),
    [
        ("Europe/Berlin", "2027-03-28T08:00"),  # 01:00 UTC: two o'clock becomes three
        ("Europe/Berlin", "2027-10-31T08:00"),  # three becomes two
        ("America/Nuuk", "2027-03-28T08:00"),  # 23:00 becomes midnight
    ],
)
def test_the_hosts_summer_time_shifts_nothing(scene: Scene, zone: str, change: str) -> None:
    """Sunday, eight o'clock in Vietnam: the quiet hours of a day off end, and the sweep is due, in the very moment."""
    quiet_nights(scene)
    eight = vietnam(change)
    life = Life(scene, eight - timedelta(minutes=30))
    with running(scene, TZ=zone, MOTCUA_POLL__SWEEP_AT="08:00", **life.clock.environ):
        life.file(1)
        scene.until(lambda: scene.codes_in(DeliveryState.PENDING) == {code_of(1)})
        life.turn_to(eight - timedelta(seconds=1.5))
        scene.until_told(1)
        scene.until(lambda: len(sweeps(scene)) == 3)  # three days, a day at a time
        life.file(2)
        scene.until_told(2)
        assert eight <= life.told_at(1) < eight + timedelta(minutes=1)
        assert all(eight <= swept < eight + timedelta(minutes=1) for swept in sweeps(scene))
        life.turn_to(eight + timedelta(hours=13, seconds=-1))  # 21:00 is near
        life.file(3)
        scene.until(lambda: scene.codes_in(DeliveryState.PENDING) == {code_of(3)} and life.now > eight + 13 * HOUR)
        life.turn_to(eight + timedelta(hours=23, seconds=-1))  # Monday, seven o'clock
        scene.until_told(3)
        assert life.told_at(3) >= eight + timedelta(hours=23)
    scene.prove()


def sweeps(scene: Scene) -> list[datetime]:
    runs = scene.store.read(lambda tx: tx.runs.recent(1000))
    return [run.started_at for run in runs if run.kind is RunKind.SWEEP]


@pytest.mark.fault("leap-day")
def test_the_29th_of_february(scene: Scene) -> None:
    """Received, promised and told on a leap day, and around its midnight."""
    life = Life(scene, vietnam("2028-02-29T23:50"))
    with running(scene, **life.clock.environ):
        life.file(1, NgayHenTra="29/02/2028 17:00:00")
        life.file(2, NgayHenTra="29/02/2032 17:00:00")
        scene.until_told()
        life.turn_to(vietnam("2028-02-29T23:59:58"))
        life.file(3)
        scene.until(lambda: life.now > vietnam("2028-03-01T00:00"))
        life.file(4)
        scene.until_told()
    promised = {row["template_data"]["ma_ho_so"]: row["template_data"]["hen_tra"] for row in scene.place.zalo.journal()}
    assert promised[code_of(1)] == "17:00 29/02/2028"
    assert promised[code_of(2)] == "17:00 29/02/2032"
    days = {day: obligations(scene, day) for day in ("2028-02-28", "2028-02-29", "2028-03-01")}
    assert days["2028-02-28"] == 0
    assert days["2028-02-29"] in {2, 3}  # the third may have been read after midnight
    assert sum(days.values()) == 4
    scene.motcua("balance", "--day", "2027-02-29", code=2)
    scene.prove()


def obligations(scene: Scene, day: str) -> int:
    found: int = json.loads(scene.motcua("balance", "--day", day, "--json").stdout)["obligations"]
    return found


@pytest.mark.fault("tet")
def test_tet(scene: Scene) -> None:
    """Monday, the third day of the year: nothing before eight; on a working day by decision from seven on."""
    quiet_nights(scene)
    life = Life(scene, vietnam("2027-02-08T07:30"))
    with running(scene, **life.clock.environ):
        life.file(1)
        scene.until(lambda: scene.codes_in(DeliveryState.PENDING) == {code_of(1)})
        life.turn_to(vietnam("2027-02-08T07:59:58.5"))
        scene.until_told(1)
        assert life.told_at(1) >= vietnam("2027-02-08T08:00")
        life.turn_to(vietnam("2027-02-09T07:30"))
        life.file(2)
        scene.until(lambda: scene.codes_in(DeliveryState.PENDING) == {code_of(2)})
        decision = "make_up_days:\n  - day: 2027-02-09\n    name: Làm bù\n    decision: Quyết định thử\n"
        scene.edit("calendar.yaml", "make_up_days:\n", decision)
        scene.motcua("mapping", "check")
        scene.motcua("reload")
        takes_over(scene.place, 1)
        life.file(3)
        scene.until_told(3)
        assert life.told_at(3) < vietnam("2027-02-09T07:59")
        life.turn_to(vietnam("2027-02-09T08:00"))
        scene.until_told(2)
    scene.prove()
