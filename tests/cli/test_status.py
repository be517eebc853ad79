"""`motcua status`: says what is; `--check` fails when a person is needed."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from adapter.cli.status import needs_a_person
from adapter.model import DeliveryState, Raised, Snapshot, SourceName, SourceStatus, TokenPair, TokenState
from adapter.ports import Store
from tests.cli.conftest import Run

NOW = datetime(2026, 11, 23, 3, tzinfo=UTC)
OLD = NOW - timedelta(hours=2)
SOURCE = SourceStatus(source=SourceName("vp"), last_done_at=NOW, read_until=NOW, last_fault="")
TOKEN = TokenPair(access="", refresh="", issued_at=OLD, expires_at=NOW + timedelta(hours=1), generation=1)
WELL = Snapshot(
    at=NOW,
    sources=(SOURCE,),
    deliveries={DeliveryState.SENT: 3},
    skipped=1,
    token=TOKEN,
    pauses=(),
    alarms=(),
    unsealed=0,
    oldest_unsealed=None,
)


def test_all_is_well() -> None:
    assert needs_a_person(WELL, None) == []


@pytest.mark.parametrize(
    "changed",
    [
        {"sources": ()},
        {"sources": (replace(SOURCE, last_done_at=OLD),)},
        {"sources": (replace(SOURCE, last_done_at=None),)},
        {"deliveries": {DeliveryState.HELD: 1}},
        {"token": replace(TOKEN, state=TokenState.LOST)},
        {"token": replace(TOKEN, expires_at=NOW)},
        {"alarms": (Raised(key="x", sentence="Hãy xem.", since=OLD),)},
        {"oldest_unsealed": OLD},
    ],
)
def test_each_of_these_needs_a_person(changed: dict[str, object]) -> None:
    assert len(needs_a_person(replace(WELL, **changed), None)) == 1  # type: ignore[arg-type]  # a table of changes


@pytest.mark.parametrize(("due", "worries"), [(NOW - timedelta(minutes=59), 0), (OLD, 1)])
def test_so_does_a_message_that_could_have_gone_long_ago(due: datetime, worries: int) -> None:
    assert len(needs_a_person(WELL, due)) == worries


def test_check_fails_where_plain_status_does_not(run: Run, store: Store) -> None:
    store.write("test", lambda tx: tx.alarms.raise_once("token", "Hãy cấp quyền lại."))
    assert run("status").exit_code == 0
    checked = run("status", "--check")
    assert checked.exit_code == 1
    assert "Hãy cấp quyền lại." in checked.output


def test_as_json_it_can_be_read_by_a_program(run: Run) -> None:
    facts = json.loads(run("status", "--json").stdout)
    assert facts["buckets"]["waiting"] == 0
    assert facts["at"].endswith("Z")
