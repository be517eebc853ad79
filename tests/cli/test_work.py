"""`motcua poll --dry-run` is dry and honest; `motcua deliver` tells what became of what it sent."""

import json
from dataclasses import replace

from adapter.simulators.zalo.knobs import Knobs
from adapter.steps import poll
from tests.cli.conftest import motcua
from tests.daemon.test_daemon import file
from tests.towns import Town


def edit(place: Town, file_name: str, old: str, new: str) -> None:
    path = place.folder / "mappings" / "vinhphuc" / file_name
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def everything(place: Town) -> str:
    """All that stands in the database."""
    with place.house() as house:
        return str(house.store.read(lambda tx: (tx.snapshot().alarms, tx.mappings.latest("vinhphuc"))))


def test_a_dry_run_under_a_broken_set_names_its_problems_and_rings_nobody(place: Town) -> None:
    file(place, 1)
    before = everything(place)
    edit(place, "statuses.yaml", "statuses:", "status:")
    result = motcua(place, "poll", "--dry-run")
    edit(place, "statuses.yaml", "status:", "statuses:")
    assert result.exit_code == 65, result.output
    assert "statuses.yaml:" in result.stderr
    assert result.stdout == ""
    assert everything(place) == before


def test_a_dry_run_shows_the_set_on_disk_and_keeps_nothing(place: Town) -> None:
    file(place, 1)
    with place.house() as house:
        live = house.store.read(lambda tx: tx.mappings.latest("vinhphuc"))
        edit(place, "messages.yaml", "expires_after: 2d", "expires_after: 1d")
        result = motcua(place, "poll", "--dry-run", "--json")
        assert (result.exit_code, json.loads(result.stdout)["records"]) == (0, 1)
        assert house.store.read(lambda tx: tx.mappings.latest("vinhphuc")) == live


def test_a_dry_run_opens_no_database(place: Town) -> None:
    for path in place.folder.glob("motcua.db*"):
        path.unlink()
    assert motcua(place, "poll", "--dry-run").exit_code == 0
    assert list(place.folder.glob("motcua.db*")) == []


def waiting(place: Town, count: int) -> None:
    for number in range(1, count + 1):
        file(place, number)
    with place.house() as house:
        poll.poll(house.polling())


def delivered(place: Town) -> dict[str, int]:
    result = motcua(place, "deliver", "--seconds", "5", "--json")
    assert result.exit_code == 0, result.output
    told: dict[str, int] = json.loads(result.stdout)
    return told


def test_what_zalo_took_is_what_is_told(place: Town) -> None:
    waiting(place, 3)
    assert delivered(place) == {"accepted": 3, "refused": 0, "unclear": 0, "never_left": 0, "quiet_until": None}
    assert len(place.zalo.journal()) == 3


def test_what_never_left_the_house_is_not_called_sent(place: Town) -> None:
    waiting(place, 2)
    place.extra["MOTCUA_ZALO__OPENAPI_URL"] = place.extra["MOTCUA_ZALO__BUSINESS_URL"] = "http://127.0.0.1:9"
    told = delivered(place)
    assert (told["accepted"], told["refused"], told["unclear"]) == (0, 0, 0)
    assert told["never_left"] >= 1


def test_refusals_and_lost_answers_are_told_apart(place: Town) -> None:
    waiting(place, 1)
    place.zalo.state.knobs = replace(Knobs(), close_after_rate=1.0)
    assert delivered(place)["unclear"] == 1
    place.zalo.state.knobs = replace(Knobs(), error_rate=1.0)
    file(place, 2)
    with place.house() as house:
        poll.poll(house.polling())
    told = delivered(place)
    assert (told["accepted"], told["unclear"], told["refused"] >= 1) == (0, 0, True)


def test_a_person_reads_it_in_words(place: Town) -> None:
    waiting(place, 1)
    assert "Zalo đã nhận: 1\nZalo từ chối: 0\nchưa rõ: 0\nchưa rời máy này: 0\n" in motcua(place, "deliver").stdout
