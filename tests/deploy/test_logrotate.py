"""Log rotation, by the real logrotate: nothing is lost, the daemon's open file goes on, old ones go."""

import getpass
import grp
import gzip
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

CONF = Path(__file__).parents[2] / "deploy" / "logrotate.conf"
LINE = '{"event": "poll.done", "level": "info"}\n'


class Logs:
    """The folder of the log, with a daemon that holds its file open as systemd opened it (append:)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "log"
        self.folder.mkdir(mode=0o750)
        self.file = self.folder / "motcua.log"
        self._daemon = os.open(self.file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o640)
        self._conf, self._state = folder / "motcua", folder / "state"
        us = f"su {getpass.getuser()} {grp.getgrgid(os.getgid()).gr_name}"
        text = CONF.read_text("utf-8").replace("/var/log/motcua", str(self.folder)).replace("su motcua motcua", us)
        self._conf.write_text(text, "utf-8")
        self._conf.chmod(0o644)  # logrotate reads no file that others may write

    def write(self, lines: int = 1) -> None:
        """As the daemon logs."""
        os.write(self._daemon, LINE.encode() * lines)

    def rotate(self, *options: str) -> str:
        """One run of logrotate; what it said."""
        program = shutil.which("logrotate", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
        assert program, "logrotate is missing; run ./deploy/tools (Debian: apt-get install logrotate)"
        command = [program, "--state", str(self._state), *options, str(self._conf)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert (done.returncode, "error:" in done.stderr) == (0, False), done.stderr
        return done.stdout + done.stderr

    def rotated(self) -> list[Path]:
        """What was put aside, oldest first."""
        return sorted(self.folder.glob("motcua.log-*"))

    def close(self) -> None:
        """The daemon ends."""
        os.close(self._daemon)


@pytest.fixture
def logs(tmp_path: Path) -> Iterator[Logs]:
    made = Logs(tmp_path)
    yield made
    made.close()


def test_logrotate_has_nothing_to_say_against_the_file(logs: Logs) -> None:
    logs.write()
    said = logs.rotate("-d")
    assert "rotating pattern:" in said
    assert "after 1 days" in said
    assert "(90 rotations)" in said
    assert "unknown" not in said


def test_the_daemon_goes_on_in_the_same_file_and_no_line_is_lost(logs: Logs) -> None:
    before = logs.file.stat().st_ino
    logs.write(3)
    logs.rotate("--force")
    logs.write()
    assert logs.file.stat().st_ino == before
    assert logs.file.read_text("utf-8") == LINE, "no hole where the old lines were"
    (old,) = logs.rotated()
    assert old.read_text("utf-8") == LINE * 3
    assert old.stat().st_mode & 0o007 == 0


def test_the_one_before_the_last_is_packed_and_those_beyond_ninety_go(logs: Logs) -> None:
    for day in range(1, 96):
        (logs.folder / f"motcua.log-{20260100 + day if day < 32 else 20260200 + day - 31:08d}-17{day:08d}").write_text(
            LINE
        )
    logs.write(2)
    logs.rotate("--force")
    rotated = logs.rotated()
    assert len(rotated) == 90
    assert rotated[-1].read_text("utf-8") == LINE * 2
    assert rotated[-2].suffix == ".gz"
    assert gzip.decompress(rotated[-2].read_bytes()).decode() == LINE


def test_nothing_is_put_aside_when_nothing_was_logged_or_the_day_is_not_over(logs: Logs) -> None:
    logs.rotate("--force")
    assert logs.rotated() == []
    logs.write()
    logs.rotate()
    assert logs.rotated() == []


def test_a_flood_does_not_wait_for_the_day_to_end(logs: Logs) -> None:
    logs.rotate()  # it notes when it saw the file first
    os.truncate(logs.file, 201 * 2**20)
    logs.rotate()
    assert len(logs.rotated()) == 1
    assert logs.file.stat().st_size == 0
