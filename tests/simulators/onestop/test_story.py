import re
import unicodedata
from collections import defaultdict
from datetime import date
from itertools import pairwise

import pytest

from adapter.simulators.onestop import people, places, plots
from adapter.simulators.onestop.happenings import After, Happening
from adapter.simulators.onestop.story import SPAN_SECONDS, story

DAY = date(2026, 11, 23)
FICTIONAL = re.compile(r"09\d\d000\d{3}|01680001234|02113000\d{3}|0123456789|0912000111/0987000222")


def lives(told: list[Happening]) -> dict[tuple[str, str], list[Happening]]:
    by_dossier: dict[tuple[str, str], list[Happening]] = defaultdict(list)
    for happening in told:
        by_dossier[happening.code, happening.office].append(happening)
    return by_dossier


def statuses(life: list[Happening]) -> list[str]:
    return [str(happening.changes["TrangThaiHoSo"]) for happening in life if "TrangThaiHoSo" in happening.changes]


def fixture(name: str) -> list[Happening]:
    """The life of one fixture: the fixtures are cast in order, so telling one more adds just that one."""
    place = [plot.name for plot in plots.FIXTURES].index(name)
    before = set(lives(story(5, place, day=DAY)))
    return [h for key, life in lives(story(5, place + 1, day=DAY)).items() if key not in before for h in life]


def test_the_same_seed_tells_the_same_story() -> None:
    assert story(3, 300, day=DAY, migrated=20) == story(3, 300, day=DAY, migrated=20)
    assert story(3, 300, day=DAY) != story(4, 300, day=DAY)


def test_a_story_has_as_many_dossiers_as_asked_for_plus_the_twin() -> None:
    assert len(lives(story(1, 400, day=DAY))) == 401


def test_happenings_come_in_time_and_every_dossier_moves_forward_in_it() -> None:
    told = story(1, 500, day=DAY)
    assert all(earlier.after_seconds <= later.after_seconds for earlier, later in pairwise(told))
    for life in lives(told).values():
        assert all(earlier.after_seconds < later.after_seconds for earlier, later in pairwise(life))
        assert 0 <= life[0].after_seconds <= SPAN_SECONDS


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("same-day birth registration", ["1", "2", "4", "9", "10"]),
        ("land dossier", ["2", "4", "4", "4", "4", "4", "5", "4", "6", "4", "9", "10"]),
        ("refused online", ["1", "3"]),
        ("withdrawn", ["1", "2", "4", "7", "8"]),
        ("overdue with apology", ["2", "4", "9", "10"]),
        ("recalled result", ["2", "4", "9", "4", "9", "10"]),
        ("reopened", ["2", "4", "9", "10", "4", "9", "10"]),
        ("exporter's false 9", ["2", "4", "9", "4", "9", "10"]),
    ],
)
def test_a_fixture_goes_through_its_statuses(name: str, expected: list[str]) -> None:
    assert statuses(fixture(name)) == expected


def test_birth_registration_takes_less_than_a_minute() -> None:
    life = fixture("same-day birth registration")
    assert life[-1].after_seconds - life[0].after_seconds < 60


def test_land_dossier_gets_a_new_due_date_twice() -> None:
    moved = [h for h in fixture("land dossier")[1:] if "NgayHenTra" in h.changes]
    assert [h.changes["NgayHenTra"] for h in moved] == [After(working_days=35), After(working_days=38)]


def test_overdue_dossier_was_due_before_it_began_and_is_put_off_with_an_apology() -> None:
    first, _, apology, *_ = fixture("overdue with apology")
    assert first.changes["NgayHenTra"] == After(working_days=-2)
    assert "xin lỗi" in str(apology.changes["YKien"])


@pytest.mark.parametrize(
    ("name", "field", "expected"),
    [
        ("company with two phones", "ChuHoSo", "CÔNG TY TNHH THƯƠNG MẠI & DỊCH VỤ MẪU"),
        ("eleven-digit phone", "SoDienThoai", "0168.000.1234"),
        ("landline only", "SoDienThoai", "0211 3000 345"),
        ("decomposed name", "ChuHoSo", unicodedata.normalize("NFD", "LÊ THỊ HỒNG NHUNG")),
        ("test dossier", "ChuHoSo", "HỒ SƠ TEST"),
        ("no due date", "NgayHenTra", ""),
    ],
)
def test_a_fixture_has_its_peculiar_value(name: str, field: str, expected: str) -> None:
    assert fixture(name)[0].changes[field] == expected


def test_two_offices_use_one_code() -> None:
    twins = fixture("same code from two offices")
    assert len({h.code for h in twins}) == 1
    assert len({h.office for h in twins}) == 2


def test_no_phone_and_no_identity_number_can_be_anybodys() -> None:
    for happening in story(9, 1000, day=DAY, migrated=50):
        if "SoDienThoai" in happening.changes:
            plain = re.sub(r"[ .]", "", str(happening.changes["SoDienThoai"])).replace("+84", "0")
            assert FICTIONAL.fullmatch(plain), plain
            assert re.fullmatch(r"026[01]\d\d000\d{3}", str(happening.changes["SoGiayToChuHoSo"]))


def test_the_officers_phone_stands_on_three_hundred_dossiers_of_a_big_day() -> None:
    told = story(2, 4000, day=DAY)
    assert sum(h.changes.get("SoDienThoai") == people.OFFICER_PHONE for h in told) == 300


def test_a_migration_enters_old_returned_dossiers_in_one_second() -> None:
    told = story(2, 20, day=DAY, migrated=500)
    ended = [h for h in told if h.changes.get("TrangThaiHoSo") == "10" and "MaTTHC" in h.changes]
    assert len(ended) == 500
    assert len({h.after_seconds for h in ended}) == 1


def test_a_following_story_does_not_reuse_codes() -> None:
    first, second = story(1, 200, day=DAY), story(2, 200, day=DAY, first_serial=201)
    assert not {h.code for h in first} & {h.code for h in second}


def test_a_big_day_visits_every_level_of_office_and_every_status() -> None:
    told = story(1, 2000, day=DAY)
    assert {h.office for h in told} == {office.code for office in places.OFFICES}
    assert {h.changes.get("TrangThaiHoSo") for h in told} >= {str(n) for n in range(1, 11)}
