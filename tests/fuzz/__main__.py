"""The long run, by hand: ``python -m tests.fuzz --minutes 60``. Prints what was found; exit 1 when anything was."""

import argparse
import logging
import random
import time
import traceback
from collections import Counter

from tests.fuzz.running import run
from tests.fuzz.targets import TARGETS

ROUND = 500


def main() -> int:
    """Feed every target in turn, from ever new seeds, until the time is over; a target with a finding rests."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=None, help="where to begin; another one each time without it")
    parser.add_argument("--target", choices=[target.name for target in TARGETS], action="append")
    asked = parser.parse_args()
    logging.disable(logging.CRITICAL)
    chance = random.Random(asked.seed)
    left = [target for target in TARGETS if not asked.target or target.name in asked.target]
    fed: Counter[str] = Counter()
    findings = 0
    until = time.monotonic() + asked.minutes * 60
    while left and time.monotonic() < until:
        for target in tuple(left):
            start = chance.getrandbits(32)
            try:
                run(target, ROUND // 10 if target.slow else ROUND, start)
            except Exception:  # noqa: BLE001 - whatever it is, it is the finding
                findings += 1
                left.remove(target)
                print(f"FOUND in {target.name}, seed {start}:\n{traceback.format_exc()}", flush=True)
            fed[target.name] += ROUND // 10 if target.slow else ROUND
    print(", ".join(f"{name} {count}" for name, count in fed.items()), f"- findings: {findings}")
    return int(bool(findings))


if __name__ == "__main__":
    raise SystemExit(main())
