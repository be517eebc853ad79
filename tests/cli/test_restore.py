"""A database put back from a backup, between a simulated province and a simulated Zalo: nobody is told twice."""

import json
import os
import sqlite3
from datetime import UTC, datetime

import pytest

from adapter.daemon.presence import Presence
from adapter.model import DeliveryState, Filter
from adapter.simulators.onestop.happenings import Happening
from adapter.steps import audit, seal
from adapter.store.cipher import create_keys
from adapter.wiring.books import new_owner
from tests.cli.conftest import motcua
from tests.towns import Town, journal_keys


def well(place: Town, *arguments: str) -> str:
    result = motcua(place, *arguments)
    assert result.exit_code == 0, result.output
    return result.stdout


def file(place: Town, number: int, status: str = "2", **changed: str) -> None:
    fields = {
        "MaTTHC": "2.000635",
        "TenTTHC": "Cấp bản sao trích lục hộ tịch",
        "ChuHoSo": "NGUYỄN THỊ MẪU",
        "SoDienThoai": f"09{number:08d}",
        "NgayTiepNhan": datetime.now(UTC).strftime("%d/%m/%Y %H:%M:%S"),
        "TrangThaiHoSo": status,
        **changed,
    }
    code = f"000.22.33.H62-261123-{number:04d}"
    place.province.province.apply(Happening(after_seconds=0, code=code, changes=fields, office="000.22.33.H62"))


def counts(place: Town) -> dict[DeliveryState, int]:
    with place.house() as house:
        return {s: n for s, n in house.store.read(lambda tx: tx.snapshot()).deliveries.items() if n}


def alarms(place: Town) -> set[str]:
    with place.house() as house:
        return {raised.key for raised in house.store.read(lambda tx: tx.alarms.standing())}


def told(place: Town) -> list[tuple[str, str]]:
    """Who was told what: phone and template of every message Zalo accepted."""
    return [(row["phone"], row["template_id"]) for row in place.zalo.journal()]


def test_nothing_is_told_twice_after_a_restore(place: Town) -> None:
    for number in range(3):
        file(place, number)
    well(place, "poll")
    backup = place.folder / "backup.db"
    well(place, "db", "backup", str(backup))  # three are due in it
    well(place, "deliver")
    file(place, 7)  # and one came, and was told, after it
    well(place, "poll")
    well(place, "deliver")
    before = told(place)
    assert len(before) == 4

    out = well(place, "db", "restore", str(backup), "--yes", "--by", "anh Minh")
    assert "3 tin được giữ lại" in out
    assert "cơ sở dữ liệu cũ" in out
    assert counts(place) == {DeliveryState.HELD: 3}
    assert "held:restored-1" in alarms(place)
    polled = well(place, "poll")
    assert "held" in polled
    well(place, "deliver")
    assert told(place) == before, "nothing may go out again by itself"
    assert counts(place) == {DeliveryState.HELD: 4}
    with place.house() as house:
        held = house.store.read(lambda tx: tx.outbox.find(Filter(states=(DeliveryState.HELD,))))
        assert {delivery.code for delivery in held} == {"restored"}
        assert audit.balance(house.store, None).remainder == 0
        assert audit.verify(house.store).whole


def test_what_comes_after_the_catching_up_is_told_as_ever(place: Town) -> None:
    file(place, 1)
    well(place, "poll")
    well(place, "deliver")
    well(place, "db", "backup", str(place.folder / "backup.db"))
    well(place, "db", "restore", str(place.folder / "backup.db"), "--yes")
    well(place, "poll")
    file(place, 2)
    assert "held" not in well(place, "poll")
    well(place, "deliver")
    assert len(told(place)) == 2
    keys = journal_keys(place)
    assert len(keys) == len(set(keys))


def test_a_running_daemon_is_in_the_way(place: Town) -> None:
    well(place, "db", "backup", str(place.folder / "backup.db"))
    daemon = f"{new_owner().partition(':')[0]}:{os.getppid()}:aa"
    with place.house() as house:
        Presence(house.store, daemon).show()
    refused = motcua(place, "db", "restore", str(place.folder / "backup.db"), "--yes")
    assert refused.exit_code == 1
    assert daemon in refused.stderr
    assert "motcua stop" in refused.stderr
    with place.house() as house:
        sign = Presence(house.store, daemon)
        sign.show()
        sign.withdraw()
    well(place, "db", "restore", str(place.folder / "backup.db"), "--yes")


def test_a_database_in_use_is_not_replaced(place: Town) -> None:
    well(place, "db", "backup", str(place.folder / "backup.db"))
    database = place.folder / "motcua.db"
    with sqlite3.connect(database) as user:
        user.execute("SELECT count(*) FROM entries").fetchone()
        user.execute("BEGIN")
        user.execute("SELECT count(*) FROM entries").fetchone()
        refused = motcua(place, "db", "restore", str(place.folder / "backup.db"), "--yes")
        user.rollback()
    user.close()
    assert refused.exit_code == 1
    assert "another process" in refused.stderr
    assert not list(place.folder.glob("*.replaced*"))
    assert not list(place.folder.glob("*.restoring*"))


def test_a_destroyed_database_is_put_back_and_kept_for_those_who_look_into_it(place: Town) -> None:
    file(place, 1)
    well(place, "poll")
    well(place, "deliver")
    well(place, "db", "backup", str(place.folder / "backup.db"))
    for ending in ("-wal", "-shm"):
        (place.folder / f"motcua.db{ending}").unlink(missing_ok=True)
    (place.folder / "motcua.db").write_bytes(b"not a database any more" * 1000)
    assert motcua(place, "status").exit_code == 1
    well(place, "db", "restore", str(place.folder / "backup.db"), "--yes")
    (kept,) = place.folder.glob("motcua.db.replaced-*")
    assert kept.read_bytes().startswith(b"not a database")
    assert counts(place) == {DeliveryState.SENT: 1}


def test_a_missing_database_is_put_back(place: Town) -> None:
    well(place, "db", "backup", str(place.folder / "backup.db"))
    for path in place.folder.glob("motcua.db*"):
        path.unlink()
    well(place, "db", "restore", str(place.folder / "backup.db"), "--yes")
    assert counts(place) == {}


@pytest.mark.parametrize("content", [b"", b"tables"])
def test_what_is_no_backup_of_ours_replaces_nothing(place: Town, content: bytes) -> None:
    file(place, 1)
    well(place, "poll")
    wrong = place.folder / "wrong.db"
    wrong.touch()
    if content:
        with sqlite3.connect(wrong) as foreign:
            foreign.execute("CREATE TABLE invoices (id INTEGER)")
        foreign.close()
    refused = motcua(place, "db", "restore", str(wrong), "--yes")
    assert refused.exit_code == 1
    assert "another program" in refused.stderr
    assert counts(place) == {DeliveryState.PENDING: 1}
    assert not list(place.folder.glob("*.replaced*"))
    assert not list(place.folder.glob("*.restoring*"))


def test_a_backup_cut_short_replaces_nothing_and_it_says_so(place: Town) -> None:
    before = well(place, "balance")
    backup = place.folder / "backup.db"
    well(place, "db", "backup", str(backup))
    with backup.open("r+b") as content:
        content.truncate(100_000)
    result = motcua(place, "db", "restore", str(backup), "--yes")
    assert result.exit_code == 1
    assert "chưa thay gì" in result.stderr
    assert "nothing was replaced, use another one" in result.stderr
    assert well(place, "balance") == before


def test_a_backup_made_with_other_keys_replaces_nothing(place: Town) -> None:
    file(place, 1)
    well(place, "poll")
    backup = place.folder / "backup.db"
    well(place, "db", "backup", str(backup))
    right = (place.folder / "keys.json").rename(place.folder / "right.json")
    create_keys(place.folder / "keys.json")
    refused = motcua(place, "db", "restore", str(backup), "--yes")
    assert refused.exit_code == 78
    assert "backed up with this database" in refused.stderr
    assert not list(place.folder.glob("*.replaced*"))
    right.replace(place.folder / "keys.json")
    assert counts(place) == {DeliveryState.PENDING: 1}


def test_the_keys_of_another_installation_tell_nobody_twice(place: Town) -> None:
    for number in range(3):
        file(place, number)
    well(place, "poll")
    well(place, "deliver")
    before = told(place)
    right = (place.folder / "keys.json").rename(place.folder / "right.json")
    create_keys(place.folder / "keys.json")
    for command in ("poll", "deliver", "status", "run", "stop"):
        refused = motcua(place, command)
        assert refused.exit_code == 78, refused.output
        assert "second machine" in refused.stderr
    assert motcua(place, "db", "check").exit_code == 78
    examined = json.loads(motcua(place, "doctor", "--json").stdout)
    broken = {finding["door"]: finding["said"] for finding in examined if finding["level"] == "broken"}
    assert "second machine" in broken["keys"]
    assert broken.keys() >= {"keys", "database"}
    right.replace(place.folder / "keys.json")
    assert "held" not in well(place, "poll")
    well(place, "deliver")
    assert told(place) == before
    assert counts(place) == {DeliveryState.SENT: 3}


@pytest.mark.parametrize("lost", ["file", "address"])
def test_a_database_begun_anew_while_sending_tells_nobody_twice(place: Town, lost: str) -> None:
    for number in range(3):
        file(place, number)
    well(place, "poll")
    well(place, "deliver")
    before = told(place)
    assert len(before) == 3
    if lost == "file":
        for path in place.folder.glob("motcua.db*"):
            path.unlink()
    else:
        place.database = f"sqlite:///{place.folder}/motcua-2.db"
    assert motcua(place, "poll").exit_code == 1
    assert "held" in well(place, "db", "upgrade").lower()
    place.give_tokens()
    assert "held" in well(place, "poll")
    well(place, "deliver")
    assert told(place) == before
    assert counts(place) == {DeliveryState.HELD: 3}
    with place.house() as house:
        held = house.store.read(lambda tx: tx.outbox.find(Filter(states=(DeliveryState.HELD,))))
        assert {delivery.code for delivery in held} == {"new-database"}
        (rung,) = [one for one in house.store.read(lambda tx: tx.alarms.standing()) if one.key.startswith("held:")]
        assert "cơ sở dữ liệu mới" in rung.sentence
        assert audit.balance(house.store, None).remainder == 0
    file(place, 7)  # what comes after the catching up is told as ever
    assert "held" not in well(place, "poll")
    well(place, "deliver")
    assert len(told(place)) == 4


def test_the_newer_token_pair_survives(place: Town) -> None:
    well(place, "db", "backup", str(place.folder / "backup.db"))
    place.give_tokens()
    well(place, "db", "restore", str(place.folder / "backup.db"), "--yes")
    file(place, 1)
    with place.house() as house:
        pair = house.store.read(lambda tx: tx.vault.load(place.environ["MOTCUA_ZALO__APP_ID"]))
        assert pair is not None
        assert pair.generation == 2
        assert house.tokens.access() == pair.access


def test_an_altered_backup_is_refused_and_nothing_is_replaced(place: Town) -> None:
    file(place, 1)
    well(place, "poll")
    with place.house() as house:
        while audit.verify(house.store).unsealed:
            seal.seal(house.store, house.owner)
    backup = place.folder / "backup.db"
    well(place, "db", "backup", str(backup))
    with sqlite3.connect(backup) as altered:
        altered.execute("DROP TRIGGER entries_no_UPDATE")
        altered.execute("UPDATE entries SET body = CAST(replace(body, '2', '3') AS BLOB)")
    altered.close()
    refused = motcua(place, "db", "restore", str(backup), "--yes")
    assert refused.exit_code == 1
    assert "không toàn vẹn" in refused.stderr
    assert not list(place.folder.glob("*.replaced*"))
    assert counts(place) == {DeliveryState.PENDING: 1}


def test_one_that_died_is_not_in_the_way(place: Town) -> None:
    well(place, "db", "backup", str(place.folder / "backup.db"))
    with place.house() as house:
        Presence(house.store, f"{new_owner().partition(':')[0]}:999999:aa").show()
    well(place, "db", "restore", str(place.folder / "backup.db"), "--yes")
