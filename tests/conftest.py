"""For every test: the PostgreSQL server with a migrated database to copy, and two rules of the run.

On the integration server a skipped test is a failed run: what is not tested must not look tested.
"""

import os
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from adapter.store.migrate import upgrade
from tests.postgres import fresh_database, server, url_of

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


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Engine]:
    """The server. It is required, not optional: where it cannot be reached, tests fail."""
    with server() as engine:
        yield engine


@pytest.fixture(scope="session")
def postgres_template(postgres_server: Engine) -> Iterator[str]:
    """Name of a migrated, empty database to copy; its own for each pytest process."""
    with fresh_database(postgres_server, f"motcua_{os.getpid()}_template") as name:
        upgrade(url_of(name))
        yield name
