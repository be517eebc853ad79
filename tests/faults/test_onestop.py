"""The one-stop is away, slow, lies, speaks otherwise than it did, or sends thousands of old dossiers again."""

from datetime import UTC, datetime, timedelta

import pytest

from adapter.model import DeliveryState
from adapter.simulators.onestop import records
from tests.faults.scene import Scene, code_of
from tests.machines.proxy import cable

SOURCE = "source:vinhphuc"


def calls(scene: Scene) -> int:
    return scene.place.province.calls()["LayDanhSachHoSo"]


def waits_to_be_sent(scene: Scene, *numbers: int) -> None:
    """These were read while sending stood still: whoever resumes shows that sending needs no one-stop."""
    scene.motcua("pause", "--all")
    scene.file(*numbers)
    scene.until(lambda: {code_of(number) for number in numbers} <= scene.codes_in(DeliveryState.PENDING))


@pytest.mark.fault("onestop-down")
def test_away(scene: Scene) -> None:
    with cable(f"tcp://127.0.0.1:{scene.place.province.base_url.rpartition(':')[2]}") as line:
        scene.place.extra["MOTCUA_ONESTOP__ENDPOINT"] = f"http://127.0.0.1:{line.port}/ws/motcua.asmx"
        with scene.running():
            waits_to_be_sent(scene, 1)
            line.unplug()
            assert "unreachable" in scene.rings(SOURCE)
            scene.file(2)
            scene.motcua("resume", "--all")
            scene.until_told(1)
            scene.motcua("poll", code=75)
            assert set(scene.told()) == {code_of(1)}
            line.plug_in()
            scene.until_done("poll")
            scene.until_told(2)
            scene.is_over(SOURCE)
    scene.prove()


@pytest.mark.fault("onestop-slow")
def test_slower_than_we_wait(scene: Scene) -> None:
    scene.edit("source.yaml", "  read: 60s", "  read: 1s")
    with scene.running():
        waits_to_be_sent(scene, 1)
        scene.place.province.knobs.turn(latency=1.5)
        assert "timeout" in scene.rings(SOURCE)
        scene.file(2)
        before = calls(scene)
        scene.until(lambda: calls(scene) > before)
        assert calls(scene) <= scene.place.log().count('"poll.') + 1, "each reading asks once and gives up"
        scene.motcua("resume", "--all")
        scene.until_told(1)
        scene.edit("source.yaml", "  read: 1s", "  read: 9s")
        scene.motcua("mapping", "check")
        scene.motcua("reload")
        scene.until_told(2)
        scene.is_over(SOURCE)
    scene.prove()


LIES: dict[str, dict[str, int | bool]] = {
    "truncated": {"truncate_after": 700},
    "not_soap": {"html_page": True},
    "unstable": {"extra_total": 1},
    "fault": {"fault_in_200": True},
    "refused": {"error_code": 99},
    "http": {"status": 503},
}


@pytest.mark.fault("onestop-lying")
@pytest.mark.parametrize("fault", LIES)
def test_an_answer_that_is_not_believed(scene: Scene, fault: str) -> None:
    """Cut short, a log-in page, a total that does not match, an error in a 200: never a short list."""
    scene.place.extra["MOTCUA_SENDING__INITIAL_WINDOW"] = "5m"  # the halves of a window that never holds still
    scene.place.province.knobs.turn(**LIES[fault])
    scene.file(1)
    with scene.running():
        assert fault in scene.rings(SOURCE)
        assert fault in scene.motcua("poll", "--dry-run", code=75 if fault != "refused" else 1).output
        assert not scene.told()
        scene.place.province.knobs.reset()
        scene.until_told(1)
        scene.is_over(SOURCE)
    scene.prove()


@pytest.mark.fault("onestop-outside")
def test_records_from_outside_the_window(scene: Scene) -> None:
    """Old ones that nobody asked for: known ones say nothing new, unknown ones are too old to be news."""
    long_ago = datetime.now(UTC) - timedelta(days=40)
    scene.place.province.province.load(old(number, long_ago) for number in range(100, 130))
    scene.file(1)
    with scene.running():
        scene.until_told(1)
        scene.place.province.knobs.turn(outside=30)
        scene.file(2)
        scene.until_told(2)
        scene.until(lambda: scene.snapshot().skipped == 30)
        before = calls(scene)
        scene.until(lambda: calls(scene) > before + 1)
        assert scene.snapshot().skipped == 30
        skipped = scene.motcua("messages", "list", "--skipped").stdout
        assert skipped.count("quá cũ") == 30, skipped
    scene.prove()


def old(number: int, at: datetime, **changed: str) -> records.Record:
    """A dossier that was done with long ago."""
    values = {
        "MaHoSo": f"000.22.33.H62-200101-{number:04d}",
        "MaDonVi": "000.22.33.H62",
        "MaTTHC": "2.000635",
        "TenTTHC": "Cấp bản sao trích lục hộ tịch",
        "ChuHoSo": "NGUYỄN THỊ MẪU",
        "SoDienThoai": f"097{number:07d}",
        "NgayTiepNhan": records.vietnam_text(at),
        "TrangThaiHoSo": "2",
    }
    return records.make(values | changed, at)


@pytest.mark.fault("onestop-format")
def test_another_version_of_the_format(scene: Scene) -> None:
    """An element that we need bears another name: the record is kept, its citizen waits for a mended mapping."""
    with scene.running():
        waits_to_be_sent(scene, 1)
        scene.place.province.knobs.turn(renamed="TrangThaiHoSo=MaTrangThai")
        scene.file(2)
        scene.rings("rejects:vinhphuc")
        scene.motcua("resume", "--all")
        scene.until_told(1)
        assert scene.told() == {code_of(1): 1}
        shown = scene.motcua("poll", "--dry-run").stdout
        assert "không đọc được: 2" in shown
        scene.edit("fields.yaml", "paths: [TrangThaiHoSo]", "paths: [TrangThaiHoSo, MaTrangThai]")
        scene.motcua("mapping", "check")
        scene.motcua("reload")
        scene.until_told(2)
        scene.is_over("rejects:vinhphuc")
    scene.prove()


@pytest.mark.fault("onestop-vanished")
def test_records_suddenly_lack_their_phones(scene: Scene) -> None:
    """Believed, that would give up everybody who waits for a message: it is not."""
    with scene.running():
        waits_to_be_sent(scene, *range(8))
        scene.place.province.knobs.turn(renamed="SoDienThoai=DienThoai")
        assert "định dạng" in scene.rings(SOURCE)
        scene.file(8)
        scene.until_are(8, DeliveryState.PENDING)
        assert scene.snapshot().skipped == 0
        scene.edit("fields.yaml", "paths: [SoDienThoai]", "paths: [SoDienThoai, DienThoai]")
        scene.motcua("mapping", "check")
        scene.motcua("reload")
        scene.is_over(SOURCE)
        scene.motcua("resume", "--all")
        scene.until_told()
    scene.prove()


@pytest.mark.fault("onestop-resend")
def test_five_thousand_old_dossiers_again(either: Scene) -> None:
    """Unknown, known and unchanged, known and moved: the first two say nothing, the third is held as a whole."""
    scene, province = either, either.place.province.province
    scene.place.extra["MOTCUA_SENDING__HOLD_ABOVE"] = "300"
    long_ago = datetime.now(UTC) - timedelta(days=40)
    province.load(old(number, long_ago) for number in range(5000))
    province.touch(5000)
    scene.file(1)
    with scene.running():
        scene.until(lambda: scene.snapshot().skipped == 5000, patience=60)
        scene.until_told(1)
        scene.place.province.knobs.next("LayDanhSachHoSo", resend=5000)
        scene.file(2)
        scene.until(lambda: scene.told()[code_of(2)], patience=60)
        assert scene.snapshot().skipped == 5000
        assert scene.alarms() == set()
        moved = [old(number, datetime.now(UTC), TrangThaiHoSo="4") for number in range(400)]
        province.load(moved)
        scene.until(lambda: scene.count(DeliveryState.HELD) == 400, patience=60)
        scene.file(3)
        scene.until_told(3)
        (key,) = scene.alarms()
        scene.rings(key)
        assert code_of(3) not in scene.motcua("messages", "list", "--state", "held", "--limit", "1000").stdout
        scene.motcua("messages", "cancel", "--run", key.removeprefix("held:"), "--yes")
        scene.next_round()
        scene.is_over(key)
    scene.prove(untold={record.code for record in moved})
