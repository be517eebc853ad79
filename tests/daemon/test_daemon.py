"""The real daemon as a process of its own, between two simulators: it starts, works, takes over edits, and stops."""

import json
import signal
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapter import daemon
from adapter.daemon import Role
from adapter.daemon.running import Daemon
from adapter.model import DeliveryState, RunKind, TokenState
from adapter.simulators.onestop.happenings import Happening
from adapter.steps import audit
from tests.towns import Town, journal_keys, town

PATIENCE = 20.0


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Town]:
    with town(tmp_path) as made:
        yield made


def file(place: Town, number: int, status: str = "2", **changed: str) -> str:
    """A dossier is written, or moves on, at the province."""
    code = f"000.22.33.H62-261123-{number:04d}"
    fields = {
        "MaTTHC": "2.000635",
        "TenTTHC": "Cấp bản sao trích lục hộ tịch",
        "ChuHoSo": "NGUYỄN THỊ MẪU",
        "SoDienThoai": f"09{number:08d}",
        "NgayTiepNhan": datetime.now(UTC).strftime("%d/%m/%Y %H:%M:%S"),
        "TrangThaiHoSo": status,
        **changed,
    }
    place.province.province.apply(Happening(after_seconds=0, code=code, changes=fields, office="000.22.33.H62"))
    return code


def until(true: Callable[[], object], place: Town, patience: float = PATIENCE) -> None:
    deadline = time.monotonic() + patience
    while not true():
        assert time.monotonic() < deadline, place.log()[-3000:]
        time.sleep(0.02)


def takes_over(place: Town, mapping: int) -> None:
    """Wait until the so-many-th mapping is live, and a reading that began with it has ended.

    One that is under way, a sweep of days it may be, reads to its end with the mapping it began with.
    """

    def done() -> bool:
        said = place.logged()
        live = [line["version"] for line in said if line["event"] == "mapping.live"]
        read = {line["version"] for line in said if line["event"] == "poll.done"}
        return len(live) >= mapping and live[mapping - 1] in read

    until(done, place)


@contextmanager
def running(place: Town, *roles: str, **environ: str) -> Iterator["subprocess.Popen[bytes]"]:
    """The daemon, until the block ends; then it is asked to stop and must do so well."""
    ready = _ready(place)
    process = place.process("run", *(("--roles", ",".join(roles)) if roles else ()), **environ)
    try:
        # Before it is ready its signal handlers do not stand, and a SIGTERM would kill it instead of stopping it.
        until(lambda: _ready(place) > ready or process.poll() is not None, place)
        yield process
        assert process.poll() is None, place.log()[-3000:]
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0, place.log()[-3000:]
    finally:
        process.kill()
        process.wait()


def _ready(place: Town) -> int:
    """How many daemons of this town have said that they are ready."""
    return place.log().count("daemon.ready") if (place.folder / "daemon.log").exists() else 0


def free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        port: int = asked.getsockname()[1]
        return port


def ask(port: int, path: str) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()
    except OSError:
        return 0, b""


def params(place: Town) -> list[dict[str, str]]:
    return [row["template_data"] for row in place.zalo.journal()]


def in_order(place: Town, told: int) -> None:
    """Nothing is lost, doubled or left in doubt, the books balance and every entry is sealed."""
    keys = journal_keys(place)
    assert len(keys) == len(set(keys)) == told
    with place.house() as house:
        counts = house.store.read(lambda tx: tx.snapshot()).deliveries
        assert sum(counts.values()) == counts[DeliveryState.SENT] + counts[DeliveryState.DELIVERED] == told
        assert audit.balance(house.store, None).remainder == 0
        verdict = audit.verify(house.store)
        assert verdict.whole
        assert verdict.unsealed == 0


def test_a_day_in_the_life(place: Town) -> None:
    port = free_port()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(place.folder / "notify"))
        systemd.settimeout(PATIENCE)
        said = {"NOTIFY_SOCKET": str(place.folder / "notify"), "MOTCUA_HEALTH__LISTEN": f"127.0.0.1:{port}"}
        with running(place, **said):
            assert [systemd.recv(100), systemd.recv(100)] == [b"READY=1", b"WATCHDOG=1"]
            assert ask(port, "/livez") == (200, b'{"ok": true, "silent": []}\n')
            code = file(place, 1)
            until(place.zalo.journal, place)
            file(place, 1, "5", YKien="Thiếu bản chụp")
            until(lambda: len(place.zalo.journal()) == 2, place)
            assert [one["ma_ho_so"] for one in params(place)] == [code, code]
            assert ask(port, "/readyz")[0] == 200
            until(lambda: b'motcua_deliveries{state="sent"} 2.0' in ask(port, "/metrics")[1], place)
        heard = [systemd.recv(100)]
        while heard[-1] != b"STOPPING=1":
            heard.append(systemd.recv(100))
    assert set(heard[:-1]) <= {b"WATCHDOG=1"}
    in_order(place, 2)
    assert code not in place.log()
    assert "00000001" not in place.log()


def test_stopping_in_the_middle_of_sends_loses_and_doubles_nothing(place: Town) -> None:
    place.zalo.state.knobs = replace(place.zalo.state.knobs, latency=0.4)
    for number in range(60):
        file(place, number)
    with running(place, MOTCUA_ZALO__SLOTS="8", MOTCUA_ZALO__RESERVED_SLOTS="0"):
        until(place.zalo.journal, place)
    assert 8 <= len(place.zalo.journal()) < 60
    place.zalo.state.knobs = replace(place.zalo.state.knobs, latency=0.0)
    with running(place):
        until(lambda: len(place.zalo.journal()) == 60, place)
    in_order(place, 60)


def test_a_province_that_hangs_does_not_keep_the_daemon_from_stopping(place: Town) -> None:
    file(place, 1)
    place.province.knobs.next("*", latency=60.0)
    with running(place):
        until(lambda: sum(place.province.calls().values()), place)
        stopping = time.monotonic()
    assert time.monotonic() - stopping < 15
    with running(place):
        until(place.zalo.journal, place)
    in_order(place, 1)


def test_an_edited_text_is_taken_over_and_a_broken_one_is_not(place: Town) -> None:
    templates = place.folder / "mappings" / "vinhphuc" / "templates.yaml"
    text = templates.read_text("utf-8")

    def edited(word: str) -> str:
        return text.replace('thu_tuc: {text: "{ten_thu_tuc', f'thu_tuc: {{text: "{word} {{ten_thu_tuc')

    with running(place) as process:
        file(place, 1)
        until(lambda: len(params(place)) == 1, place)
        templates.write_text(edited("MỘT"), "utf-8")
        process.send_signal(signal.SIGHUP)
        takes_over(place, 1)
        file(place, 2)
        until(lambda: len(params(place)) == 2, place)
        templates.write_text(edited("HAI"), "utf-8")
        assert place.process("reload").wait(PATIENCE) == 0
        takes_over(place, 2)
        file(place, 3)
        until(lambda: len(params(place)) == 3, place)
        templates.write_text(edited("BA").replace("templates:", "template:"), "utf-8")
        process.send_signal(signal.SIGHUP)
        until(lambda: "mapping.problem" in place.log(), place)
        file(place, 4)
        until(lambda: len(params(place)) == 4, place)
    assert [one["thu_tuc"].split()[0] for one in params(place)] == ["Cấp", "MỘT", "HAI", "HAI"]
    with place.house() as house:
        assert f"mapping:{socket.gethostname()}" in {
            raised.key for raised in house.store.read(lambda tx: tx.snapshot()).alarms
        }
    in_order(place, 4)


def test_one_reads_and_another_sends(place: Town) -> None:
    file(place, 1)
    with running(place, "poll"):
        with place.house() as house:  # released too: a reading that a stop cuts short leaves that to the next one
            until(lambda: house.store.read(lambda tx: tx.outbox.waits()), place)
        assert place.zalo.journal() == []
    file(place, 2)
    with running(place, "deliver"):
        until(place.zalo.journal, place)
    in_order(place, 1)


def test_two_daemons_share_the_work(place: Town) -> None:
    for number in range(40):
        file(place, number)
    with running(place), running(place):
        until(lambda: len(place.zalo.journal()) == 40, place)
    in_order(place, 40)


def test_an_address_that_is_taken_stops_the_start_and_leaves_nothing_open(place: Town) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        place.extra["MOTCUA_HEALTH__LISTEN"] = f"127.0.0.1:{taken.getsockname()[1]}"
        process = place.process("run")
        assert process.wait(PATIENCE) == 1
    assert "Traceback" not in place.log()
    assert "daemon.stopped" in place.log()


def test_a_daemon_in_a_thread_stops_when_told(place: Town) -> None:
    with place.house() as house:
        made = Daemon(house, [Role.POLL])
        made.stopping.set()
        made.run()
    with place.house() as house:
        assert house.store.read(lambda tx: tx.snapshot()).unsealed == 0


def test_a_sweep_waits_for_the_poll_that_is_under_way(place: Town) -> None:
    """Both need the lease of the source; one that gave way would come a day late."""
    place.province.knobs.next("*", latency=1.0)
    with place.house() as house:
        made = Daemon(house, [Role.POLL])
        polling = threading.Thread(target=made._poll)
        polling.start()
        while not any(lease.name.startswith("poll:") for lease in house.store.read(lambda tx: tx.leases.held())):
            assert polling.is_alive()
        made._sweep()
        polling.join()
        kinds = [run.kind for run in house.store.read(lambda tx: tx.runs.recent(10))]
    assert RunKind.SWEEP in kinds


def test_what_the_daemon_offers_is_named() -> None:
    assert {role.value for role in Role} == {"poll", "deliver"}
    assert daemon.run.__doc__


def test_a_shadow_week_needs_no_token(place: Town) -> None:
    with place.house() as house:
        app = house.settings.zalo.app_id
        pair = house.store.read(lambda tx: tx.vault.load(app))
        assert pair is not None
        lost = replace(pair, state=TokenState.LOST)
        assert house.store.write("lost", lambda tx: tx.vault.save(app, lost, pair.generation))
    for mode, status in (("off", 200), ("on", 503)):
        port = free_port()
        with running(place, MOTCUA_HEALTH__LISTEN=f"127.0.0.1:{port}", MOTCUA_SENDING__MODE=mode):
            assert ask(port, "/readyz")[0] == status


def test_readiness_names_a_missing_token(place: Town) -> None:
    port = free_port()
    with place.zalo.state.lock:
        place.zalo.state.tokens.issue(place.zalo.state.clock.now())  # somebody made a new pair: ours is dead
    with running(place, MOTCUA_HEALTH__LISTEN=f"127.0.0.1:{port}"):
        until(lambda: ask(port, "/livez")[0] == 200, place)
        file(place, 1)
        until(lambda: ask(port, "/readyz")[0] == 503, place)
        assert json.loads(ask(port, "/readyz")[1]) == {"ok": False, "silent": [], "failing": [], "missing": ["token"]}
        assert ask(port, "/livez")[0] == 200
        pair = place.zalo.issue_tokens()
        with place.house() as house:
            house.tokens.set_pair(pair.access_token, pair.refresh_token)
        until(lambda: ask(port, "/readyz")[0] == 200, place)
