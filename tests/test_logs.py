"""Log lines: JSON for machines, only allowed keys, no long digits, quiet neighbours."""

import ast
import json
import logging
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from adapter import logs

MESSAGE_ID = "0912345678abcdef0912345678abcdef"


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    """Logging is the process's own: give it back as it was."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    with warnings.catch_warnings():
        yield
        logging.captureWarnings(capture=False)
    root.handlers, root.level = handlers, level
    sys.excepthook = sys.__excepthook__


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    out, err = capsys.readouterr()
    assert not out, "logs belong to stderr"
    return [json.loads(line) for line in err.splitlines()]


def test_a_line_is_one_json_object_with_its_identifiers(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("info", "auto")
    logging.getLogger("adapter.steps.deliver").info("deliver.settled", extra={"id": MESSAGE_ID, "count": 3})
    (line,) = lines(capsys)
    assert (line["event"], line["id"], line["count"]) == ("deliver.settled", MESSAGE_ID, 3)
    assert (line["level"], line["logger"]) == ("info", "adapter.steps.deliver")
    assert line["timestamp"].endswith("Z")


def test_a_key_that_is_not_on_the_list_is_dropped(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("info", "json")
    logging.getLogger("x").warning("poll.done", extra={"applicant": "Nguyễn Văn A", "phone": "84912345678", "rows": 2})
    (line,) = lines(capsys)
    assert set(line) == {"event", "level", "logger", "timestamp", "rows"}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("gọi 0912345678 ngay", "gọi ******** ngay"),
        ("84912345678", "********"),
        ("tel:+84912345678x", "tel:+********x"),
        ("0912345678a", "********a"),
        ("1234567 rows", "1234567 rows"),
        (f"sent {MESSAGE_ID}", f"sent {MESSAGE_ID}"),
        (f"sent {MESSAGE_ID}.2", f"sent {MESSAGE_ID}.2"),
        ("2026-11-23 10:00:00", "2026-11-23 10:00:00"),
        ("001099012345", "********"),
    ],
)
def test_long_digits_are_masked_and_ids_are_not(capsys: pytest.CaptureFixture[str], text: str, shown: str) -> None:
    logs.configure("info", "json")
    logging.getLogger("x").info("%s", text, extra={"reason": text})
    (line,) = lines(capsys)
    assert (line["event"], line["reason"]) == (shown, shown)


@pytest.mark.parametrize("form", ["json", "text"])
def test_a_traceback_tells_where_and_which_class_and_quotes_nothing(
    capsys: pytest.CaptureFixture[str], form: str
) -> None:
    name = "Nguyễn Văn A"
    logs.configure("info", form)
    try:
        try:
            int(f"{name} 0912345678")
        except ValueError as error:
            raise KeyError(name) from error
    except KeyError:
        logging.getLogger("x").exception("deliver.bug")
    err = capsys.readouterr().err
    assert "KeyError" in err
    assert "ValueError" in err
    assert "test_logs.py" in err
    assert name not in err
    assert "0912345678" not in err


def test_a_bug_that_nobody_caught_is_logged_and_quotes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    name = "Nguyễn Văn A"
    logs.configure("info", "json")
    try:
        int(name)
    except ValueError as error:
        sys.excepthook(ValueError, error, error.__traceback__)
    (line,) = lines(capsys)
    assert (line["event"], line["level"]) == ("bug", "critical")
    assert "ValueError" in line["exception"]
    assert name not in line["exception"]


def test_noisy_neighbours_speak_from_warning_on_even_when_we_debug(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("debug", "json")
    for name in (
        "zeep.transports",
        "zeep.wsdl",
        "urllib3.connectionpool",
        "httpx",
        "aiohttp.client",
        "apscheduler.executors",
    ):
        logging.getLogger(name).info("<soap:Envelope>Nguyễn Văn A</soap:Envelope>")
    assert lines(capsys) == []


def test_configuring_twice_does_not_write_twice(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("debug", "json")
    logs.configure("warning", "json")
    logging.getLogger("x").warning("once")
    logging.getLogger("x").info("never")
    assert [line["event"] for line in lines(capsys)] == ["once"]


def test_text_is_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("info", "text")
    logging.getLogger("x").info("poll.done", extra={"rows": 5, "reason": "0912345678"})
    err = capsys.readouterr().err
    assert "poll.done" in err
    assert "rows=5" in err
    assert "0912345678" not in err


def test_warnings_become_log_lines(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("info", "json")
    warnings.simplefilter("always")
    warnings.warn("soon gone", DeprecationWarning, stacklevel=1)
    (line,) = lines(capsys)
    assert line["logger"] == "py.warnings"


def extra_keys() -> Iterator[tuple[str, str]]:
    """Every key that a log call of ours writes out as a literal, with the file it stands in."""
    package = Path(logs.__file__).parent
    for path in sorted(package.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.keyword) and node.arg == "extra" and isinstance(node.value, ast.Dict):
                keys = [key.value for key in node.value.keys if isinstance(key, ast.Constant)]
                yield from ((path.name, str(key)) for key in keys)


def test_every_key_we_log_is_on_the_list_and_none_is_loggings_own() -> None:
    found = list(extra_keys())
    taken = set(vars(logging.makeLogRecord({}))) | {"message", "asctime"}
    assert found
    assert [pair for pair in found if pair[1] not in logs.ALLOWED] == []
    assert logs.ALLOWED.isdisjoint(taken)
