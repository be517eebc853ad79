"""One day of the chaos week, on both databases; and bugs that it must find. The long run: ``python -m tests.week``."""

import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.postgres import fresh_database, server, url_of
from tests.week import trial
from tests.week.trial import Plan, Report

pytestmark = pytest.mark.crash

DAY = Plan(
    days=1,
    changes=220,
    rounds=1,
    kills=2,
    day_tick=timedelta(minutes=8),
    night_tick=timedelta(minutes=30),
    last_tick=timedelta(hours=1),
    longest=timedelta(minutes=9),
)

LITTLE = replace(
    DAY, changes=80, day_tick=timedelta(minutes=10), night_tick=timedelta(hours=1), last_tick=timedelta(hours=2)
)


def proven(report: Report) -> None:
    assert report.failures == []
    assert report.kills == 2
    assert report.findings.accepted > 100
    assert report.findings.proven > 200
    assert report.findings.unknown  # answers were lost, and each is listed with its evidence


def test_a_day_of_chaos(tmp_path: Path) -> None:
    proven(trial.run(tmp_path, DAY))


@pytest.mark.postgres
def test_a_day_of_chaos_on_postgres(tmp_path: Path) -> None:
    with server() as engine, fresh_database(engine, f"motcua_{os.getpid()}_week") as name:
        proven(trial.run(tmp_path, replace(DAY, seed=2), url_of(name)))


def test_the_week_finds_a_lease_that_returns_to_pending(tmp_path: Path) -> None:
    """The seeded bug: were an expired lease simply tried again, citizens would be told twice."""
    report = trial.run(tmp_path, replace(LITTLE, only="kill-inside", bug="lease"))
    assert report.findings.doubled != []


def test_the_week_finds_a_broken_reading_that_counts_as_whole(tmp_path: Path) -> None:
    """The seeded bug: were a reading that broke off closed all the same, what it did not see would be lost."""
    away = replace(LITTLE, only="onestop-away", longest=timedelta(hours=2), bug="window")
    report = trial.run(tmp_path, away)
    assert report.findings.lost != []
