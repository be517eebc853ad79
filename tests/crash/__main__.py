"""The long crash run, by hand: ``python -m tests.crash --kills 500``. Exit 1 when anything was lost or doubled."""

import argparse
import random
import statistics
import tempfile
from pathlib import Path

from tests.crash import trial
from tests.towns import town


def main() -> int:
    """Kill as often as asked, half of it inside sends, and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", default="", help="postgresql://... of an empty database; SQLite without it")
    asked = parser.parse_args()
    chance = random.Random(asked.seed)
    kills = [trial.INSIDE_SEND if chance.random() < 0.5 else chance.choice(trial.STEPS) for _ in range(asked.kills)]
    with (
        tempfile.TemporaryDirectory() as folder,
        town(Path(folder), database=asked.database, settings=trial.SETTINGS) as place,
    ):
        report = trial.run(place, kills, seed=asked.seed)
    resumed = sorted(report.resumed)
    print(
        f"kills {report.kills} (inside sends {report.inside_sends}), obligations {report.obligations}, "
        f"accepted {report.accepted}, lost {len(report.lost)}, doubled {len(report.doubled)}, unknown {report.unknown} "
        f"(in flight at the kills {report.in_flight}), remainder {report.remainder}, ledger whole {report.ledger_whole}"
    )
    if resumed:
        print(f"resumed sending after a restart: median {statistics.median(resumed):.2f} s, worst {resumed[-1]:.2f} s")
    return int(bool(report.lost or report.doubled or report.remainder or not report.ledger_whole))


if __name__ == "__main__":
    raise SystemExit(main())
