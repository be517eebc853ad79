"""One day of the chaos week, on both databases; and bugs that it must find. The long run: ``python -m tests.week``."""

import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.postgres import fresh_database, server, url_of
from tests.week import trial
from tests.week.bugs import BUGS
from tests.week.plan import Plan
from tests.week.trial import Report

pytestmark = pytest.mark.crash

DAY = Plan(
    days=1,
    changes=170,
    rounds=1,
    kills=2,
    day_tick=timedelta(minutes=10),
    night_tick=timedelta(minutes=30),
    last_tick=timedelta(hours=1),
    longest=timedelta(minutes=9),
)

ELSEWHERE = replace(DAY, seed=3, changes=130, only=("zalo-", "kill-", "database-", "machine-", "mapping-"))
"""The other database: what the one-stop does wrong is not its business."""

LITTLE = replace(
    DAY, changes=80, day_tick=timedelta(minutes=15), night_tick=timedelta(hours=2), last_tick=timedelta(hours=2)
)

INSIDE = replace(
    LITTLE,
    kills=0,
    longest=timedelta(hours=5),
    inside=True,
    patience=timedelta(days=3),
)
"""A day in our own process, in which a bug can be planted and pulled out again."""


def proven(report: Report) -> None:
    assert report.failures == []
    assert report.kills == 2
    assert report.findings.accepted > 40
    assert report.findings.held_to == report.findings.accepted  # each was held against the timeline
    assert report.findings.proven > 80
    assert report.findings.unknown  # answers were lost, and each is listed with its evidence


def test_a_day_of_chaos(tmp_path: Path) -> None:
    proven(trial.run(tmp_path, DAY))


@pytest.mark.postgres
def test_a_day_of_chaos_on_postgres(tmp_path: Path) -> None:
    with server() as engine, fresh_database(engine, f"motcua_{os.getpid()}_week") as name:
        proven(trial.run(tmp_path, ELSEWHERE, url_of(name)))


def test_the_week_finds_a_lease_that_returns_to_pending(tmp_path: Path) -> None:
    """The seeded bug: were an expired lease simply tried again, citizens would be told twice."""
    report = trial.run(tmp_path, replace(LITTLE, only=("kill-inside",), bug="lease"))
    assert report.findings.doubled != []


@pytest.mark.parametrize(
    ("trouble", "bugs"),
    [
        (
            ("onestop-away",),
            {
                "stranger": "told in words that no state of the dossier gives",
                "unclear": "unknown (unreadable)",
                "deaf": "which means [('ready',)], and our change says ()",
                "old": "left unsaid as too_old, which is not so",
                "window": "read as whole, and no change shows it",
            },
        ),
        (
            ("zalo-no-money",),
            {
                "sleepless": "in the quiet hours",
                "unasked": "counts as told, but Zalo dropped it and nobody asked",
                "backwards": "of its dossier was told after change",
            },
        ),
        (
            ("zalo-unwell",),
            {
                "refusal": "but Zalo never turned this person away",
                "upstart": "superseded, but nothing newer makes it needless",
            },
        ),
    ],
    ids=lambda given: "-".join(given) if isinstance(given, dict) else "",
)
def test_the_week_finds_planted_bugs(
    trouble: Sequence[str], bugs: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Several at once where none hides another: the sentence that must be found is each bug's own."""
    for bug in bugs:
        BUGS[bug](monkeypatch.setattr)
    report = trial.run(tmp_path, replace(INSIDE, only=tuple(trouble)))
    unfound = [bug for bug, sentence in bugs.items() if not any(sentence in one for one in report.failures)]
    assert unfound == [], report.failures
