import json
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from urllib.request import urlopen

import pytest

from adapter.simulators.onestop.happenings import Happening
from adapter.simulators.onestop.play import play, serve
from adapter.simulators.onestop.province import Province


def eventually(check: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not check():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def told(*after: float) -> list[Happening]:
    return [Happening(after_seconds=at, code="X", changes={"TrangThaiHoSo": "4"}) for at in after]


def test_a_story_is_played_at_its_pace() -> None:
    province = Province(lambda: datetime.now(UTC))
    began = time.monotonic()
    play(province, told(0, 10, 30), pace=100, stop=threading.Event())
    assert time.monotonic() - began >= 0.3
    first, second, third = (moment.at for moment in province.timeline())
    assert (second - first).total_seconds() == pytest.approx(0.1, abs=0.08)
    assert (third - second).total_seconds() == pytest.approx(0.2, abs=0.08)


def test_a_stop_ends_the_story() -> None:
    province, stop = Province(lambda: datetime.now(UTC)), threading.Event()
    playing = threading.Thread(target=play, args=(province, told(0, 10_000)), kwargs={"pace": 1, "stop": stop})
    playing.start()
    eventually(lambda: len(province.timeline()) == 1)
    stop.set()
    playing.join(5)
    assert not playing.is_alive()
    assert len(province.timeline()) == 1


def test_serving_plays_the_story_into_the_journal_until_stopped(tmp_path: Path) -> None:
    journal, stop, urls = tmp_path / "truth.jsonl", threading.Event(), list[str]()
    arguments = {"port": 0, "seed": 1, "dossiers": 20, "pace": 1e9, "username": "u", "password": "p"}
    arguments |= {"journal_path": journal, "stop": stop, "endless": True, "ready": urls.append}
    serving = threading.Thread(target=serve, kwargs=arguments)
    serving.start()
    try:
        eventually(lambda: len(urls) == 1)
        eventually(lambda: journal.exists() and journal.read_bytes().count(b"\n") > 300)
        with urlopen(urls[0].replace("/ws/motcua.asmx", "/_control/timeline?fields=1")) as answer:  # noqa: S310 - ours
            shown = answer.read().splitlines()
    finally:
        stop.set()
        serving.join(10)
    assert not serving.is_alive()
    written = journal.read_bytes().splitlines()
    assert [json.loads(line) for line in written[: len(shown)]] == [json.loads(line) for line in shown]


@pytest.mark.parametrize(("pace", "dossiers"), [(0, 1), (1, 0)])
def test_a_story_that_cannot_be_told_is_refused(pace: float, dossiers: int) -> None:
    with pytest.raises(ValueError, match="positive"):
        serve(
            port=0,
            seed=1,
            dossiers=dossiers,
            pace=pace,
            username="u",
            password="p",
            journal_path=None,
            stop=threading.Event(),
        )
