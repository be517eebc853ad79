"""Zalo is away, slow, refuses, has enough of us for now, or its answers are lost."""

import json
import socket
from dataclasses import replace

import pytest

from adapter.core.calendar import vietnam_day
from adapter.model import DeliveryState, Filter, Link, LinkKind, Proof, Uid
from adapter.simulators.zalo.knobs import Knobs
from adapter.wiring.books import utc_now
from tests.faults.scene import Scene, code_of
from tests.machines.proxy import cable

PHONE_PATH = "/business/message/template"
UID = "2512523625412515001"


def turn(scene: Scene, **knobs: float) -> None:
    scene.place.zalo.state.knobs = replace(Knobs(), **knobs)  # type: ignore[arg-type]  # each by its own name


def links(scene: Scene, number: int) -> None:
    """This dossier's citizen is reached as a user of the OA, not by phone."""
    phone = f"849{number:08d}"
    scene.place.zalo.state.put_user({"phone": phone, "uid": UID, "follows": True})
    link = Link(id="l1", uid=Uid(UID), kind=LinkKind.PHONE, value=phone, proof=Proof.COUNTER, proved_at=utc_now())
    scene.store.write("link", lambda tx: tx.recipients.link([link]))


def reads_on(scene: Scene, *numbers: int) -> None:
    """These become messages while sending stands still."""
    scene.file(*numbers)
    wanted = {code_of(number) for number in numbers}
    scene.until(lambda: wanted <= scene.codes_in(*set(DeliveryState) - {DeliveryState.SENT}))


def all_wait_for_tomorrow(scene: Scene) -> bool:
    """Whether none of those that wait is tried today any more, and none is on the wire."""
    waiting = scene.store.read(lambda tx: tx.outbox.find(Filter(states=(DeliveryState.PENDING,), limit=100)))
    today = vietnam_day(utc_now())
    return not scene.count(DeliveryState.SENDING) and all(
        one.due_at is not None and vietnam_day(one.due_at) > today for one in waiting
    )


def until_turned_back(scene: Scene, times: int) -> None:
    """Wait until each message that waits was turned back so often."""
    wanted = Filter(states=(DeliveryState.PENDING,))
    scene.until(lambda: {one.standing.tries for one in scene.store.read(lambda tx: tx.outbox.find(wanted))} == {times})


@pytest.mark.fault("zalo-down")
def test_nobody_answers_at_zalos_door(scene: Scene) -> None:
    """Nothing has left, so everything waits and is tried again, for as long as it takes; a person is told."""
    with cable(f"tcp://127.0.0.1:{scene.place.zalo.url.rpartition(':')[2]}") as line:
        scene.place.extra["MOTCUA_ZALO__BUSINESS_URL"] = f"http://127.0.0.1:{line.port}/business"
        with scene.running():
            scene.file(1)
            scene.until_told(1)
            scene.until_are(0, DeliveryState.SENDING)  # its answer has come back
            line.unplug()
            reads_on(scene, 2, 3)
            for turned_back in (1, 2):
                until_turned_back(scene, turned_back)
                assert scene.alarms() == set()
                scene.wait(minutes=3)
            key = f"zalo-away:{socket.gethostname()}"
            scene.rings(key)
            assert "✗ Zalo: ZBS trả ClientConnectorError" in scene.motcua("doctor", code=1).stdout
            line.plug_in()
            scene.wait(minutes=3)
            scene.until_told()
            scene.is_over(key)
    scene.prove()


@pytest.mark.fault("zalo-slow")
@pytest.mark.parametrize("trouble", ["slow", "502"])
def test_no_usable_answer(scene: Scene, trouble: str) -> None:
    """Each message may have arrived. After ten in a row the channel stands still, instead of all becoming doubtful."""
    scene.place.extra |= {"MOTCUA_ZALO__READ_TIMEOUT": "0.8", "MOTCUA_ZALO__SLOTS": "4"}
    scene.place.extra["MOTCUA_ZALO__RESERVED_SLOTS"] = "0"
    with scene.running():
        if trouble == "slow":
            turn(scene, latency=2.0)
        else:
            scene.place.zalo.fault("http", path=PHONE_PATH, times=1000, status=502)
        scene.file(*range(40))
        scene.rings("pause:channel:phone")
        scene.until_are(0, DeliveryState.SENDING)
        doubtful = scene.codes_in(DeliveryState.UNKNOWN)
        assert 10 <= len(doubtful) <= 14
        assert scene.count(DeliveryState.PENDING) == 40 - len(doubtful)
        reads_on(scene, 40)
        scene.motcua("messages", "list", "--state", "unknown")
        turn(scene)
        scene.place.zalo.clear_faults()
        scene.motcua("resume", "--channel", "phone")
        scene.until(lambda: scene.filed - doubtful <= set(scene.told()))
        scene.until(lambda: not scene.count(DeliveryState.PENDING) + scene.count(DeliveryState.SENDING))
    scene.prove(doubtful=doubtful)


@pytest.mark.fault("zalo-answers-lost")
def test_answers_are_lost(either: Scene) -> None:
    """Accepted, but nobody heard: waits for proof, never sent again blindly, shown to a person who decides."""
    scene = either
    scene.place.extra["MOTCUA_SENDING__UNKNOWN_WAIT"] = "15m"
    with scene.running():
        scene.place.zalo.fault("close", path=PHONE_PATH, after=True, times=2)
        scene.file(1, 2)
        scene.until_are(2, DeliveryState.UNKNOWN)
        scene.file(3)
        scene.until_told(3)
        scene.wait(minutes=16)
        key = f"unknown:{vietnam_day(scene.snapshot().at)}"
        scene.rings(key)
        listed = scene.motcua("messages", "list", "--state", "unknown").stdout.splitlines()[1:]
        assert len(listed) == 2
        again = listed[0].split("\t")[0]
        scene.motcua("messages", "show", again)
        scene.motcua("messages", "retry", again, "--yes")
        scene.until(lambda: sum(scene.told().values()) == 4)
        scene.until_are(0, DeliveryState.SENDING)
    scene.prove(doubtful={code_of(1), code_of(2)}, said_again=1, left={key})


@pytest.mark.fault("zalo-refuses-channel")
@pytest.mark.parametrize("repaired_by", ["person", "probe"])
def test_the_whole_channel_is_refused(either: Scene, repaired_by: str) -> None:
    """No balance: that channel stands still, the other one goes on; a person resumes it, or a probe finds it mended."""
    scene, account = either, either.place.zalo.state.account
    links(scene, 2)
    with scene.running():
        scene.file(1)
        scene.until_told(1)
        balance, account.balance = account.balance, 0
        scene.place.zalo.state.templates = {
            name: replace(template, price_uid=0) for name, template in scene.place.zalo.state.templates.items()
        }
        reads_on(scene, 3, 4)
        scene.rings("pause:channel:phone")
        scene.file(2)
        scene.until_told(2)
        assert scene.count(DeliveryState.PENDING) == 2
        refused = len(scene.place.zalo.refusals())
        reads_on(scene, 5)
        assert len(scene.place.zalo.refusals()) == refused
        account.balance = balance
        if repaired_by == "person":
            scene.motcua("doctor", code=1)
            scene.motcua("resume", "--channel", "phone")
        else:
            scene.wait(minutes=11)
        scene.until_told()
        scene.is_over("pause:channel:phone")
    scene.prove(commands=repaired_by == "person")


@pytest.mark.fault("zalo-refuses-template")
def test_a_template_is_refused(scene: Scene) -> None:
    """What uses it is held, every other template goes on; a person has it approved, resumes and releases."""
    templates = scene.place.zalo.state.templates
    with scene.running():
        templates["300002"] = replace(templates["300002"], status="DISABLE")
        reads_on(scene, 1)
        scene.rings("pause:template:tiep_nhan")
        scene.file(2)
        scene.until(lambda: {code_of(1), code_of(2)} == scene.codes_in(DeliveryState.HELD, DeliveryState.PENDING))
        scene.file(3, status="5", YKien="Thiếu bản chụp")
        scene.until_told(3)
        assert set(scene.told()) == {code_of(3)}
        templates["300002"] = replace(templates["300002"], status="ENABLE")
        scene.motcua("doctor", code=1)
        scene.motcua("resume", "--template", "tiep_nhan")
        scene.motcua("messages", "release", "--all", "--yes")
        scene.until_told()
        scene.is_over("pause:template:tiep_nhan")
    scene.prove()


@pytest.mark.fault("zalo-refuses-person")
def test_one_citizen_refuses(scene: Scene) -> None:
    """A number without Zalo: this one is not reached and says so; nobody else is touched, nobody is woken."""
    scene.place.zalo.state.put_user({"phone": "84900000001", "has_zalo": False})
    with scene.running():
        scene.file(1, 2)
        scene.until_told(2)
        scene.until_are(1, DeliveryState.REFUSED)
        shown = scene.motcua("messages", "list", "--state", "refused").stdout.splitlines()
        assert shown[1].endswith("\t-118")
        assert scene.motcua("status", "--check")
    scene.prove(untold={code_of(1)})


def until_sent(scene: Scene, least: int) -> None:
    """Wait until so many were accepted and nothing is on the wire; more, when a minute of the test's own went by."""
    scene.until(lambda: scene.count(DeliveryState.SENT) >= least and not scene.count(DeliveryState.SENDING))


@pytest.mark.fault("zalo-rate")
def test_too_many_in_a_minute(scene: Scene) -> None:
    """-32: the rest of the minute nothing is heard of them; the next minute they go by themselves."""
    with scene.running():
        turn(scene, zbs_per_minute=3)
        scene.file(*range(8))
        for told in (3, 6):
            until_sent(scene, told)
            scene.wait(minutes=1.2)
        scene.until_told()
        scene.motcua("status", "--check")
        assert {refusal["code"] for refusal in scene.place.zalo.refusals()} == {-32}
    scene.prove()


@pytest.mark.fault("zalo-quota")
def test_the_days_quota_is_used_up(scene: Scene) -> None:
    """What is over waits for the next Vietnam day, and goes then by itself."""
    account = scene.place.zalo.state.account
    with scene.running():
        account.daily_quota = 3
        scene.file(*range(5))
        scene.until_are(3, DeliveryState.SENT)
        scene.until_are(2, DeliveryState.PENDING)
        assert {refusal["code"] for refusal in scene.place.zalo.refusals()} == {-144}
        scene.motcua("doctor", code=1)
        asked = len(scene.place.zalo.refusals())
        scene.file(5)
        scene.until_are(3, DeliveryState.PENDING)
        scene.until(lambda: all_wait_for_tomorrow(scene))
        assert len(scene.place.zalo.refusals()) <= asked + 1
        seen = json.loads(scene.motcua("status", "--json").stdout)
        assert seen["oldest_due"] is None, "what waits for tomorrow is not stuck: no monitor rings for it"
        scene.wait(minutes=24 * 60 + 30)
        scene.until_told()
    scene.prove()
