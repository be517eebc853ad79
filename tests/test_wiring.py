"""The house: what is live, what an edit changes, and what a broken edit does not."""

import shutil
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from adapter.errors import MappingError
from adapter.wiring.house import House, open_house
from tests.towns import Town, town


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Town]:
    with town(tmp_path) as made:
        yield made


def edit(place: Town, file: str, old: str, new: str) -> None:
    path = place.folder / "mappings" / "vinhphuc" / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def alarms(house: House) -> set[str]:
    return {raised.key for raised in house.store.read(lambda tx: tx.alarms.standing())}


def broken(house: House) -> str:
    return f"mapping:{house.owner.partition(':')[0]}"


def test_a_good_edit_goes_live_at_once(place: Town) -> None:
    with place.house() as house:
        before = house.rulebook.version
        edit(place, "messages.yaml", "expires_after: 2d", "expires_after: 1d")
        assert house.reload() == ()
        assert house.rulebook.version != before
        assert house.polling().rulebook is house.delivering().rulebook is house.tending().rulebook is house.rulebook
        assert house.reload() == ()


def test_a_bad_edit_never_goes_live_and_is_rung_for_until_mended(place: Town) -> None:
    with place.house() as house:
        before = house.rulebook.version
        edit(place, "messages.yaml", "on: received", "on: reciefed")
        (problem, *_) = house.reload()
        assert (problem.file, problem.line > 0) == ("messages.yaml", True)
        assert house.rulebook.version == before
        assert broken(house) in alarms(house)
        edit(place, "messages.yaml", "on: reciefed", "on: received")
        assert house.reload() == ()
        assert broken(house) not in alarms(house)


def test_an_edit_that_leads_to_no_wsdl_does_not_go_live_where_the_province_is_read(place: Town) -> None:
    with place.house() as house:
        assert house.source
        before = house.rulebook.version
        edit(place, "source.yaml", "wsdl: ", "wsdl: gone-")
        (problem,) = house.reload()
        assert (problem.file, problem.line > 0) == ("source.yaml", True)
        assert house.rulebook.version == before
        assert broken(house) in alarms(house)
        edit(place, "source.yaml", "wsdl: gone-", "wsdl: ")
        assert house.reload() == ()
        assert broken(house) not in alarms(house)


def test_the_last_good_set_survives_a_restart_with_a_broken_one_on_disk(place: Town) -> None:
    with place.house() as house:
        edit(place, "messages.yaml", "expires_after: 2d", "expires_after: 1d")
        house.reload()
        good = house.rulebook.version
    edit(place, "templates.yaml", "templates:", "template:")
    with place.house() as house:
        assert house.rulebook.version == good
        assert broken(house) in alarms(house)
        assert house.rulebook.source.endpoint == place.province.url  # the operator's overrides hold here too


def test_without_any_good_set_nothing_starts(place: Town, tmp_path: Path) -> None:
    other = tmp_path / "mappings" / "khac"
    other.mkdir()
    place.extra["MOTCUA_MAPPING__FOLDER"] = str(other)
    with pytest.raises(MappingError) as raised, place.house():
        pass
    assert raised.value.problems


def test_whoever_works_under_a_good_set_again_ends_the_alarm(place: Town) -> None:
    with place.house():
        pass
    edit(place, "templates.yaml", "templates:", "template:")
    with place.house() as house:
        house.alarm.raise_("mapping", "as an earlier version rang")
        assert broken(house) in alarms(house)
    edit(place, "templates.yaml", "template:", "templates:")
    with place.house() as house:
        assert alarms(house) == set()


@pytest.fixture
def other(place: Town, tmp_path: Path) -> Iterator[House]:
    """A second machine on the same database, with a disk of its own."""
    shutil.copytree(place.folder / "mappings", tmp_path / "other" / "mappings")
    here = dict(place.extra)
    place.extra["MOTCUA_MAPPING__FOLDER"] = str(tmp_path / "other" / "mappings" / "vinhphuc")
    settings = place.settings()
    place.extra = here
    house = open_house(settings)
    house.owner = "may-hai:1:aaaaaa"
    yield house
    house.close()


def looks(*houses: House) -> None:
    """As each daemon does every 20 seconds."""
    for house in houses:
        house.agree()


def test_a_machine_with_another_set_than_the_one_taken_over_last_rings_until_they_agree(
    place: Town, other: House
) -> None:
    with place.house() as house:
        house.owner = "may-mot:1:aaaaaa"
        for _ in range(3):
            looks(house, other)
        assert alarms(house) == set()
        edit(place, "messages.yaml", "expires_after: 2d", "expires_after: 1d")
        house.reload()
        looks(house, other)
        assert alarms(house) == set(), "the other one may be in the middle of its reload"
        looks(house, other)
        (raised,) = house.store.read(lambda tx: tx.alarms.standing())
        assert raised.key == "mapping-differs:may-hai"
        assert house.rulebook.version in raised.sentence
        assert other.rulebook.version in raised.sentence
        other.reload()  # which cannot mend it: it takes over its own disk, and now the first one differs
        looks(house, other)
        looks(house, other)
        assert alarms(house) == {"mapping-differs:may-mot"}
        shutil.copy(
            place.folder / "mappings" / "vinhphuc" / "messages.yaml", other.settings.mapping.folder / "messages.yaml"
        )
        house.reload()
        other.reload()
        looks(house, other)
        assert alarms(house) == set()
        assert house.rulebook.version == other.rulebook.version


def test_a_good_set_here_does_not_hush_the_broken_one_there(place: Town, other: House) -> None:
    with place.house() as house:
        path = other.settings.mapping.folder / "templates.yaml"
        path.write_text(path.read_text("utf-8").replace("templates:", "template:"), "utf-8")
        assert other.reload()
        assert house.reload() == ()
        assert alarms(house) == {"mapping:may-hai"}


def test_agreement_that_comes_from_elsewhere_ends_the_alarm_too(place: Town, other: House) -> None:
    with place.house() as house:
        house.owner = "may-mot:1:aaaaaa"
        path = other.settings.mapping.folder / "messages.yaml"
        before = path.read_text("utf-8")
        path.write_text(before.replace("expires_after: 2d", "expires_after: 1d"), "utf-8")
        other.reload()
        looks(house)
        looks(house)
        assert alarms(house) == {"mapping-differs:may-mot"}
        path.write_text(before, "utf-8")
        other.reload()
        looks(house)
        assert alarms(house) == set()


def test_a_file_that_cannot_be_read_is_a_problem_and_no_crash(place: Town) -> None:
    with place.house() as house:
        (place.folder / "mappings" / "vinhphuc" / "zz.yaml").mkdir()
        (problem,) = house.reload()
        assert problem.file == "zz.yaml"
        assert problem.text.startswith("không đọc được tệp")


def test_bytes_that_are_no_text_are_a_problem(place: Town) -> None:
    path = place.folder / "mappings" / "vinhphuc" / "offices.yaml"
    path.write_bytes(path.read_bytes() + b"\n# \xff\xfe\n")
    with place.house() as house:
        assert {problem.file for problem in house.reload()} <= {"offices.yaml"}


def test_another_address_of_the_province_is_called_after_the_edit(place: Town) -> None:
    del place.extra
    place.extra = {"MOTCUA_ONESTOP__ENDPOINT": "", "MOTCUA_ONESTOP__HOSTS": "http://127.0.0.1"}
    edit(place, "source.yaml", "https://motcua.vinhphuc.example/ws/motcua.asmx", "http://127.0.0.1:1/ws")
    with place.house() as house:
        first = house.source
        edit(place, "messages.yaml", "expires_after: 2d", "expires_after: 1d")
        house.reload()
        assert house.source is first  # nothing about the province changed
        edit(place, "source.yaml", "http://127.0.0.1:1/ws", place.province.url)
        house.reload()
        assert house.source is not first
        assert house.source.lookup("không có") is None
        assert place.province.calls()["TraCuuHoSo"] == 1


def test_rejected_records_ring_anew_after_a_mended_mapping(place: Town) -> None:
    with place.house() as house:
        house.alarm.raise_("rejects:vinhphuc", "2 hồ sơ không đọc được.")
        edit(place, "messages.yaml", "expires_after: 2d", "expires_after: 1d")
        house.reload()
        assert "rejects:vinhphuc" not in alarms(house)


def test_doors_open_once_however_many_threads_ask_first(place: Town) -> None:
    with place.house() as house, ThreadPoolExecutor(8) as threads:
        together = threading.Barrier(8)

        def ask(_: int) -> tuple[int, int, int]:
            together.wait(5)
            return id(house.channels), id(house.tokens), id(house.source)

        assert len(set(threads.map(ask, range(8)))) == 1


def test_no_two_houses_share_an_owner(place: Town) -> None:
    with place.house() as one, place.house() as two:
        assert one.owner != two.owner
        assert one.owner.split(":")[:2] == two.owner.split(":")[:2]


def test_a_house_closes_twice(place: Town) -> None:
    house = open_house(place.settings())
    assert house.channels.free() == 32
    house.close()
    house.close()
