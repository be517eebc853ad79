"""`motcua stop`: daemons end, by the store alone."""

import time

from adapter import daemon
from adapter.cli.failures import TRY_LATER
from adapter.daemon.presence import Presence
from adapter.ports import Store
from tests.cli.conftest import Run, motcua
from tests.towns import Town

PATIENCE = 20.0


def test_every_running_daemon_stops_well(place: Town) -> None:
    processes = [place.process("run"), place.process("run", "--roles", "deliver")]
    try:
        deadline = time.monotonic() + PATIENCE
        with place.house() as house:
            while len(daemon.at_work(house.store)) < len(processes):
                assert time.monotonic() < deadline, place.log()[-3000:]
                time.sleep(0.05)
        stopped = motcua(place, "stop", "--wait", "30")
        assert stopped.exit_code == 0, stopped.output
        assert "2 tiến trình" in stopped.stdout
        assert [process.wait(PATIENCE) for process in processes] == [0, 0]
    finally:
        for process in processes:
            process.kill()
            process.wait()
    assert "Traceback" not in place.log()


def test_one_that_starts_later_is_not_stopped_by_an_old_request(place: Town) -> None:
    assert motcua(place, "stop").exit_code == 0
    process = place.process("run")
    try:
        deadline = time.monotonic() + PATIENCE
        while "daemon.ready" not in place.log():
            assert time.monotonic() < deadline, place.log()[-3000:]
            time.sleep(0.05)
        time.sleep(1.5)  # it looks at the requests once a second
        assert process.poll() is None
    finally:
        process.kill()
        process.wait()


def test_one_that_was_killed_is_not_waited_for(place: Town) -> None:
    process = place.process("run")
    try:
        deadline = time.monotonic() + PATIENCE
        while "daemon.ready" not in place.log():
            assert time.monotonic() < deadline, place.log()[-3000:]
            time.sleep(0.05)
    finally:
        process.kill()
        process.wait()
    stopped = motcua(place, "stop", "--wait", "0.5")
    assert stopped.exit_code == 0, stopped.output
    assert "không có tiến trình nền nào" in stopped.stdout


def test_nobody_to_stop_is_said(run: Run) -> None:
    result = run("stop", "--wait", "5")
    assert result.exit_code == 0
    assert "không có tiến trình nền nào" in result.stdout


def test_one_that_does_not_stop_in_time_is_named(run: Run, store: Store) -> None:
    Presence(store, "may-khac:1:aa").show()
    result = run("stop", "--wait", "0.3")
    assert result.exit_code == TRY_LATER
    assert "may-khac:1:aa" in result.stderr
