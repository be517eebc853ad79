"""`motcua simulate demo`: the whole town as processes, its end in every way, and the sheet that must balance."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from adapter.cli import demo_tale
from adapter.cli.demo_books import Told, compare
from adapter.model import Channel, Delivery, DeliveryState, MessageId, Standing
from adapter.simulators.onestop import happenings
from adapter.simulators.onestop.story import story
from tests.cli.conftest import NOW, message

ROOT = Path(__file__).parents[2]
DAY = date(2026, 11, 23)
PATIENCE = 120.0  # seconds; a demo starts six processes, and the machine may be busy


class Demo:
    """A running demo whose output is read line by line."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        self.lines: list[str] = []

    def read_until(self, wanted: str) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))
            if wanted in line:
                return
        raise AssertionError(f"{wanted} never came:\n" + "\n".join(self.lines))

    def end(self) -> tuple[int, str]:
        """Read to the end: exit code and what went to stderr."""
        rest, errors = self.process.communicate(timeout=PATIENCE)
        self.lines += rest.splitlines()
        return self.process.returncode, errors

    @property
    def folder(self) -> Path:
        return Path(self.lines[0].rpartition(": ")[2])

    def beside(self) -> dict[int, str]:
        """The demo's other processes that live: each names the working folder on its command line."""
        return {pid: line for pid, line in commands() if str(self.folder) in line}


def commands() -> Iterator[tuple[int, str]]:
    for process in Path("/proc").glob("[0-9]*"):
        try:
            yield int(process.name), (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:  # it ended while we looked
            continue


@contextmanager
def demo(tmp_path: Path, *arguments: str) -> Iterator[Demo]:
    command = [sys.executable, "-m", "adapter", "simulate", "demo", *arguments]
    # A setting of a real installation must not reach the demo: with this one it would not even start.
    env = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": str(ROOT), "MOTCUA_STORE__URL": "postgresql://nowhere/"}
    with subprocess.Popen(
        command, cwd=tmp_path, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8"
    ) as process:
        running = Demo(process)
        running.read_until("working folder: ")
        try:
            yield running
        finally:
            process.kill()
            for pid in running.beside():
                os.kill(pid, signal.SIGKILL)


def test_ends_by_itself_with_both_sides_shown_and_the_books_balanced(tmp_path: Path) -> None:
    with demo(tmp_path, "--seconds", "10", "--dossiers", "6") as shown:
        code, errors = shown.end()
        left = shown.beside()
    output = "\n".join(shown.lines)
    assert (code, errors) == (0, ""), output
    assert re.search(r"^\d\d:\d\d:\d\d  MỘT CỬA  …-0001  .+ · Tiếp nhận hồ sơ", output, re.MULTILINE)
    assert re.search(r"^\d\d:\d\d:\d\d  ZALO     \d{4}\*\*\*\d{3}  .+Mã hồ sơ: ", output, re.MULTILINE)
    assert re.search(r"^\d\d:\d\d:\d\d  ZALO     Zalo đã liên kết \*\*\*\d{3}  .+Mã hồ sơ: ", output, re.MULTILINE)
    assert re.search(r"^\d\d:\d\d:\d\d  TỪ CHỐI  \d{4}\*\*\*\d{3}  Zalo từ chối", output, re.MULTILINE)
    assert output.endswith("THE BOOKS BALANCE")
    assert "\x1b" not in output
    assert not left
    assert not shown.folder.exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_a_signal_ends_it_soon_with_the_same_sheet_and_no_orphan(tmp_path: Path, number: signal.Signals) -> None:
    with demo(tmp_path, "--dossiers", "6") as shown:
        shown.read_until("  ZALO  ")
        shown.process.send_signal(number)
        asked = time.monotonic()
        code, errors = shown.end()
        assert time.monotonic() - asked < 10
        left = shown.beside()
    assert (code, errors, shown.lines[-1]) == (0, "", "=> CÂN ĐỐI / THE BOOKS BALANCE"), "\n".join(shown.lines)
    assert not left


def test_a_signal_while_the_stage_is_set_leaves_nothing(tmp_path: Path) -> None:
    with demo(tmp_path) as shown:
        shown.read_until("2. ")
        shown.process.send_signal(signal.SIGINT)
        code, errors = shown.end()
        left = shown.beside()
    assert (code, errors, left) == (130, "", {})
    assert not shown.folder.exists()


@pytest.mark.parametrize("name", [" run", " simulate zalo"])
def test_a_process_that_dies_ends_it_with_its_name_and_no_orphan(tmp_path: Path, name: str) -> None:
    with demo(tmp_path, "--dossiers", "6") as shown:
        shown.read_until("  MỘT CỬA  ")
        [victim] = [pid for pid, line in shown.beside().items() if f"motcua.toml{name}" in line]
        os.kill(victim, signal.SIGKILL)
        code, errors = shown.end()
        left = shown.beside()
    assert (code, left) == (1, {})
    assert "đã dừng, mã thoát -9" in errors
    assert f"kept: {shown.folder}" in errors
    assert shown.folder.exists()


def test_a_happening_reaches_the_province_as_the_story_tells_it() -> None:
    told = story(demo_tale.SEED, 20, day=DAY)
    assert [happenings.from_json(demo_tale.document(one)) for one in told] == [
        replace(one, after_seconds=0.0) for one in told
    ]


def test_days_follow_one_another_with_codes_of_their_own() -> None:
    first = story(demo_tale.SEED, 3, day=DAY)
    tale = demo_tale.chapters(3, DAY)
    told = [next(tale) for _ in range(2 * len(first))]
    times = [one.after_seconds for one in told]
    assert times == sorted(times)
    assert not {one.code for one in first} & {one.code for one in told[len(first) :]}


def delivery(number: int, state: DeliveryState, channel: Channel = Channel.PHONE) -> Delivery:
    return Delivery(
        message=message(number),
        standing=Standing(state=state, channels=(channel,), channel_index=0, tries=0),
        attempt=1,
        moves=2,
        due_at=NOW,
        reference="" if state is DeliveryState.UNKNOWN else f"zalo-{number}",
    )


def line(number: int, *, tracked: bool = True, reference: str = "") -> dict[str, object]:
    tracking_id = f"{MessageId(f'{number:032x}')}.1" if tracked else None
    return {"message_id": reference or f"zalo-{number}", "tracking_id": tracking_id}


SENT, DELIVERED, UNKNOWN = DeliveryState.SENT, DeliveryState.DELIVERED, DeliveryState.UNKNOWN
EVEN = Told(accepted=0, told=0, unknown=0, without_proof=0, strays=0, twice=0)


@pytest.mark.parametrize(
    ("ours", "journal", "found"),
    [
        pytest.param([], [], EVEN, id="nothing"),
        pytest.param([delivery(1, SENT)], [line(1)], replace(EVEN, accepted=1, told=1), id="told"),
        pytest.param(
            [delivery(1, DELIVERED, Channel.UID)],
            [line(1, tracked=False)],
            replace(EVEN, accepted=1, told=1),
            id="told by uid, which has no tracking id",
        ),
        pytest.param([delivery(1, UNKNOWN)], [line(1)], replace(EVEN, accepted=1, unknown=1), id="answer lost"),
        pytest.param([delivery(1, UNKNOWN)], [], EVEN, id="request lost"),
        pytest.param(
            [delivery(1, UNKNOWN, Channel.UID)],
            [line(1, tracked=False)],
            replace(EVEN, accepted=1, unknown=1),
            id="answer lost by uid",
        ),
        pytest.param(
            [delivery(1, SENT)],
            [line(1), line(1, reference="again")],
            replace(EVEN, accepted=2, told=1, twice=1),
            id="told twice",
        ),
        pytest.param(
            [delivery(1, SENT, Channel.UID)],
            [line(1, tracked=False), line(1, tracked=False, reference="again")],
            replace(EVEN, accepted=2, told=1, strays=1),
            id="told twice by uid",
        ),
        pytest.param([delivery(1, SENT)], [], replace(EVEN, told=1, without_proof=1), id="told without proof"),
        pytest.param([], [line(1)], replace(EVEN, accepted=1, strays=1), id="told by nobody"),
    ],
)
def test_every_line_of_zalos_journal_has_its_message(
    ours: Sequence[Delivery], journal: Sequence[dict[str, object]], found: Told
) -> None:
    assert compare(ours, journal) == found
    assert found.holds == (not (found.without_proof or found.strays or found.twice))
