"""On the integration server a skipped test is a failed run: what is not tested must not look tested."""

import os

import pytest

_skipped: list[str] = []


def pytest_xdist_auto_num_workers() -> int:
    """Half of the time tests wait for processes, sockets and clocks: two workers for each core."""
    return 2 * (os.cpu_count() or 1)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.skipped and not hasattr(report, "wasxfail"):
        _skipped.append(report.nodeid)


def pytest_collectreport(report: pytest.CollectReport) -> None:
    if report.skipped:
        _skipped.append(report.nodeid)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    if os.environ.get("CI") and _skipped:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if os.environ.get("CI") and _skipped:
        terminalreporter.write_line(f"CI: skipped tests fail the run: {', '.join(_skipped)}", red=True)
