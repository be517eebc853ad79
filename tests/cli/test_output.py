"""Words and shapes of what is printed."""

import json
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import pytest

from adapter.cli import words
from adapter.cli.failures import Failure
from adapter.cli.output import ago, lasting, masked, plain, print_facts, print_json, print_table, shown, since, when
from adapter.model import (
    Bucket,
    Channel,
    DeliveryState,
    Event,
    LinkKind,
    PauseScope,
    Proof,
    SkipReason,
    SourceName,
    SourceStatus,
    TokenState,
)

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("table", "enum"),
    [
        (words.STATES, DeliveryState),
        (words.EVENTS, Event),
        (words.CHANNELS, Channel),
        (words.SCOPES, PauseScope),
        (words.SKIPS, SkipReason),
        (words.TOKENS, TokenState),
        (words.LINK_KINDS, LinkKind),
        (words.PROOFS, Proof),
        (words.BUCKETS, Bucket),
    ],
)
def test_every_member_has_a_word_of_its_own(table: dict[StrEnum, str], enum: type[StrEnum]) -> None:
    assert set(table) == set(enum)
    assert len(set(table.values())) == len(table)


EVIL = "a\x1b]0;pwned\x07\x9b2J\r\u202eb\u2028\x00Nguyễn Thị Mẫu"


def test_what_foreign_systems_say_cannot_speak_to_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    print_facts([("tên", EVIL)])
    print_table(["tên"], [[EVIL]])
    print_json({"name": EVIL})
    out = capsys.readouterr().out
    assert [sign for sign in out if not sign.isprintable() and sign not in "\n\t"] == []
    assert out.count("Nguyễn Thị Mẫu") == 3
    assert json.loads(out[out.index("{") :]) == {"name": EVIL}
    assert shown("dòng một\n\tdòng hai, đủ dấu: ự ữ ợ") == "dòng một\n\tdòng hai, đủ dấu: ự ữ ợ"


def test_neither_can_it_in_a_framed_table_nor_in_a_failure(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")  # a terminal, rich believes
    monkeypatch.setenv("COLUMNS", "200")
    print_table(["tên"], [[EVIL]])
    Failure([EVIL]).show()
    said = capsys.readouterr()
    for text in (said.out, said.err):
        assert [sign for sign in ("\x1b]", "\x07", "\x9b", "\u202e", "\0") if sign in text] == []
        assert "Nguyễn Thị Mẫu" in text


@pytest.mark.parametrize(
    ("seconds", "said"), [(30, "30 s ago"), (90, "1.5 minutes ago"), (7200, "2 hours ago"), (-172_800, "2 days left")]
)
def test_how_long_ago_in_english(seconds: int, said: str) -> None:
    assert ago(NOW - timedelta(seconds=seconds), NOW) == said
    assert ago(None, NOW) == "never"


@pytest.mark.parametrize(
    ("phone", "shown"),
    [
        ("84912345678", "0912***678"),
        ("0912345678", "0912***678"),
        ("1234567890123456789", "1234***789"),
        ("12345", "1***"),
        ("HS00123", "H***"),
        ("", ""),
    ],
)
def test_a_number_is_masked(phone: str, shown: str) -> None:
    assert masked(phone) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"), [(3, "3 giây"), (90, "1,5 phút"), (3600, "1 giờ"), (200_000, "2,3 ngày")]
)
def test_a_duration_is_said_in_the_largest_unit(seconds: float, shown: str) -> None:
    assert lasting(seconds) == shown


def test_times_are_shown_in_vietnam_time() -> None:
    assert when(NOW) == "23/11/2026 10:00:00"
    assert since(NOW - timedelta(minutes=5), NOW) == "5 phút trước"
    assert since(NOW + timedelta(hours=2), NOW) == "còn 2 giờ"
    assert (when(None), since(None, NOW)) == ("-", "-")


def test_plain_values_are_what_json_knows() -> None:
    status = SourceStatus(source=SourceName("vp"), last_done_at=NOW, read_until=None, last_fault="")
    assert plain([status]) == [
        {"source": "vp", "last_done_at": "2026-11-23T03:00:00Z", "read_until": None, "last_fault": ""}
    ]
