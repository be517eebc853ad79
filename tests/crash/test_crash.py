"""Nothing lost, nothing doubled, whatever kills the daemon and wherever. The long run: ``python -m tests.crash``."""

import os
from pathlib import Path

import pytest

from tests.crash import trial
from tests.postgres import fresh_database, server, url_of
from tests.towns import town

pytestmark = pytest.mark.crash
HALVES = [trial.STEPS[0::2], trial.STEPS[1::2]]


def proven(report: trial.Report) -> None:
    assert report.lost == []
    assert report.doubled == []
    assert report.unknown <= report.in_flight
    assert report.remainder == 0
    assert report.ledger_whole
    assert report.accepted > 0


@pytest.mark.parametrize("half", [0, 1])
def test_killed_at_every_named_step(tmp_path: Path, half: int) -> None:
    with town(tmp_path, settings=trial.SETTINGS) as place:
        report = trial.run(place, HALVES[half], seed=half)
    proven(report)
    assert report.kills == len(HALVES[half])


def test_killed_inside_sends(tmp_path: Path) -> None:
    with town(tmp_path, settings=trial.SETTINGS) as place:
        report = trial.run(place, [trial.INSIDE_SEND] * 20, seed=7)
    proven(report)
    assert report.inside_sends == 20
    assert report.in_flight > 0


@pytest.mark.postgres
def test_killed_on_postgres(tmp_path: Path) -> None:
    kills = [trial.INSIDE_SEND, "poll.page:after:1", "poll.end:inside:1", "deliver.turn:inside:3", trial.INSIDE_SEND]
    with (
        server() as engine,
        fresh_database(engine, f"motcua_{os.getpid()}_crash") as name,
        town(tmp_path, database=url_of(name), settings=trial.SETTINGS) as place,
    ):
        report = trial.run(place, kills, seed=3)
    proven(report)
    assert report.kills == len(kills)


def test_the_trial_finds_a_lease_that_returns_to_pending(tmp_path: Path) -> None:
    """The seeded bug: were an expired lease simply tried again, citizens would be told twice."""
    with town(tmp_path, settings=trial.SETTINGS) as place:
        report = trial.run(place, [trial.INSIDE_SEND] * 2, seed=5, bug="lease")
    assert report.doubled != []
