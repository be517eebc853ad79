"""Leads the adapter's process through simulated time: starts it, ticks, kills it, starts it again."""

import json
import os
import random
import select
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.crash.trial import INSIDE_SEND, answering
from tests.towns import ROOT, Town
from tests.week.hands import Hands
from tests.week.witness import Witness

PATIENCE = 180.0
"""Real seconds a tick may take; more and the adapter hangs."""

ON_THE_WIRE = 0.06
"""Seconds a message is on the wire while a kill inside sends is wanted."""


class HungError(Exception):
    """The adapter did not answer, or does not start any more."""


def kind_of(step: str) -> str:
    """What a kill is called in the report."""
    return "kill-inside-send" if step == INSIDE_SEND else "kill-at-step"


class Conductor:
    """One adapter, through all its lives."""

    def __init__(self, town: Town, clock: Path, witness: Witness, *, seed: int, bug: str = "") -> None:
        self._town, self._clock, self._witness, self._bug = town, clock, witness, bug
        self._chance = random.Random(f"kills{seed}")
        self._process: subprocess.Popen[bytes] | None = None
        self._wish = ""
        self._old = 0
        self._stillborn = 0
        self.ticks = self.settled = 0
        self.deaths: Counter[str] = Counter()  #: kills that came about, by ``kind_of``
        self.faults: Counter[str] = Counter()  #: faults the adapter foresaw and logged
        self.bugs: list[str] = []  #: faults it did not

    def wish_dead(self, step: str) -> None:
        """Kill it at this named write (``label:place:nth``) or inside its next sends, whenever it comes there."""
        self._wish = step
        if step != INSIDE_SEND:
            self._order({"do": "arm", "step": step})

    @property
    def wished(self) -> bool:
        """Whether a kill that was wished for is still to come."""
        return bool(self._wish)

    def tick(self) -> None:
        """Let it do all that is due at this moment of the hands."""
        inside = self._wish == INSIDE_SEND
        if inside:
            self._latency(ON_THE_WIRE)
        done = self._order({"do": "tick"})
        if inside:
            self._latency(0.0)
        self.ticks += 1
        self.settled += done.get("settled", 0)

    def stop(self) -> None:
        """Let it end as an operator would."""
        self._order({"do": "stop"})
        if self._buried(20.0) != 0:
            self.bugs.append("it did not stop cleanly")

    def close(self) -> None:
        """Whatever happened: leave no process behind."""
        if self._process is not None:
            self._process.kill()
            self._buried()

    def _buried(self, seconds: float | None = None) -> int:
        """Wait for its end and let go of it; gives its exit code."""
        process, self._process = self._process, None
        assert process is not None
        try:
            return process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()
        finally:
            for pipe in (process.stdin, process.stdout):
                assert pipe is not None
                pipe.close()

    def _order(self, order: dict[str, str]) -> dict[str, Any]:
        """Give an order and wait until it is carried out; nothing when the adapter dies of it."""
        if self._process is None and not self._start():
            return {}
        process = self._process
        assert process is not None
        assert process.stdin is not None
        try:
            process.stdin.write(json.dumps(order).encode() + b"\n")
            process.stdin.flush()
        except BrokenPipeError:
            return self._died()
        return self._heard(process)

    def _start(self) -> bool:
        """Begin a new life; False when it ended before it could answer (a database that is away)."""
        inherited = {name: os.environ[name] for name in ("PATH", "LANG", "HOME") if name in os.environ}
        ours = {"PYTHONPATH": str(ROOT), "WEEK_CLOCK": str(self._clock), "WEEK_BUG": self._bug}
        with (self._town.folder / "daemon.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.week.engine", "--config", str(self._town.folder / "motcua.toml")],
                env=inherited | self._town.environ | ours,
                cwd=self._town.folder,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
            )
        if "away" not in self._heard(self._process):
            self._stillborn = 0
            return True
        self._buried()
        self._stillborn += 1
        if self._stillborn > 20:
            raise HungError(f"it does not start any more:\n{self._town.log()[-3000:]}")
        return False

    def _heard(self, process: "subprocess.Popen[bytes]") -> dict[str, Any]:
        assert process.stdout is not None
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if select.select([process.stdout], [], [], 0.002 if self._wish == INSIDE_SEND else 0.5)[0]:
                line = process.stdout.readline()
                return self._understood(json.loads(line)) if line else self._died()
            if self._wish == INSIDE_SEND and answering(self._town, self._old):
                time.sleep(self._chance.uniform(0, ON_THE_WIRE / 2))
                process.send_signal(signal.SIGKILL)
        process.kill()
        raise HungError(f"no answer for {PATIENCE:g} s:\n{self._town.log()[-3000:]}")

    def _understood(self, answer: dict[str, Any]) -> dict[str, Any]:
        self.faults.update(answer.get("faults", {}))
        if "bug" in answer:
            self.bugs.append(answer["bug"])
        return answer

    def _died(self) -> dict[str, Any]:
        code = self._buried()
        if code == -signal.SIGKILL and self._wish:
            self.deaths[kind_of(self._wish)] += 1
            self._witness.kills.append(Hands(self._clock).now())
            self._wish = ""
        else:
            self.bugs.append(f"it died with {code}:\n{self._town.log()[-3000:]}")
        return {}

    def _latency(self, seconds: float) -> None:
        state = self._town.zalo.state
        self._old = len(state.journal.entries)
        state.knobs = replace(state.knobs, latency=seconds)
