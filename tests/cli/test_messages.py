"""`motcua messages`: found, shown without a phone, acted on by a named person."""

import json
import unicodedata

import pytest

from adapter.model import Act, MessageId, Noted, Record, Remembered, Skipped, SkipReason
from adapter.ports import Store
from tests.cli.conftest import NOW, SOURCE, Run, message


@pytest.fixture
def filed(store: Store) -> Store:
    skipped = Skipped(
        id=MessageId("f" * 32),
        change="change-9",
        rule="",
        audience="applicant",
        event=None,
        dossier_id=message(9).dossier_id,
        office="H62.12",
        procedure="1.001",
        reason=SkipReason.NO_RULE,
    )
    messages = [message(1), message(2, office="H62.13"), message(3, rule="co_ket_qua")]
    store.write("test", lambda tx: tx.outbox.file("run-1", SOURCE, messages, [skipped]))
    return store


def listed(run: Run, *options: str) -> list[str]:
    result = run("messages", "list", "--json", *options)
    assert result.exit_code == 0, result.stderr
    return sorted(row["id"][-1] for row in json.loads(result.stdout))


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ((), ["1", "2", "3"]),
        (("--office", "H62.13"), ["2"]),
        (("--rule", "co_ket_qua"), ["3"]),
        (("--state", "pending"), ["1", "2", "3"]),
        (("--state", "held"), []),
        (("--run", "run-1", "--limit", "2"), 2),
        (("--skipped",), ["f"]),
        (("--dossier", "H62.99"), []),
    ],
)
def test_the_list_is_narrowed(filed: Store, run: Run, options: tuple[str, ...], found: list[str] | int) -> None:
    rows = listed(run, *options)
    assert len(rows) == found if isinstance(found, int) else rows == found


def test_a_dossier_is_found_however_its_letters_are_typed(filed: Store, run: Run) -> None:
    """A code is kept in NFC; a Mac's keyboard, or a file name, may give it in NFD."""
    code = "HỒ-SƠ-1"
    record = Record(inputs={"MaHoSo": code})
    noted = Noted(
        remembered=Remembered(dossier_id=message(1).dossier_id, record=record, digest="d", as_of=NOW, version=1),
        expected=None,
        source=SOURCE,
        code=code,
        office="",
        procedure="",
        status="2",
        phone="",
    )
    filed.write("test", lambda tx: tx.dossiers.save([noted]))
    for form in ("NFC", "NFD"):
        assert listed(run, "--dossier", unicodedata.normalize(form, code)) == ["1"], form


def test_the_list_shows_no_person(filed: Store, run: Run) -> None:
    for options in ((), ("--json",), ("--skipped",)):
        shown = run("messages", "list", *options).output
        assert "Nguyễn" not in shown
        assert "912345678" not in shown
    assert "chờ gửi" in run("messages", "list").output
    assert "không có quy tắc" in run("messages", "list", "--skipped").output


def test_show_gives_the_words_and_masks_the_phone_and_is_written_down(filed: Store, run: Run) -> None:
    shown = run("messages", "show", message(1).id)
    assert "Kính gửi Ông/Bà Nguyễn Văn A" in shown.output
    assert "0912***678" in shown.output
    assert "912345678" not in shown.output
    entries = filed.read(lambda tx: tx.ledger.unsealed(10))
    assert [json.loads(entry.body)["verb"] for entry in entries] == ["message.show"]


def test_show_knows_a_skip_too(filed: Store, run: Run) -> None:
    assert json.loads(run("messages", "show", "f" * 32, "--json").stdout)["reason"] == "no_rule"


def test_show_of_an_unknown_id_fails(filed: Store, run: Run) -> None:
    assert run("messages", "show", "0" * 32).exit_code == 1


def test_cancel_asks_first_and_says_who(filed: Store, run: Run) -> None:
    assert run("messages", "cancel", "--rule", "co_ket_qua", stdin="n\n").exit_code == 1
    assert listed(run, "--state", "cancelled") == []
    result = run("messages", "cancel", "--rule", "co_ket_qua", "--by", "Trần B", stdin="y\n")
    assert result.stdout.splitlines()[-1] == "1/1"
    assert listed(run, "--state", "cancelled") == ["3"]
    bodies = [json.loads(entry.body) for entry in filed.read(lambda tx: tx.ledger.unsealed(10))]
    assert any(body.get("verb") == "cancel" and body["by"] == "Trần B" for body in bodies)


def test_what_is_cancelled_cannot_be_cancelled_again(filed: Store, run: Run) -> None:
    run("messages", "cancel", message(1).id, "--yes")
    assert run("messages", "cancel", message(1).id, "--yes").exit_code == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("release",),
        ("release", "1" * 32, "--all"),
        ("retry",),
        ("cancel",),
        ("list", "--skipped", "--state", "held"),
        ("list", "--state", "nonsense"),
    ],
)
def test_a_choice_that_says_nothing_or_two_things_is_a_usage_error(run: Run, arguments: tuple[str, ...]) -> None:
    assert run("messages", *arguments).exit_code == 2


def test_releasing_nothing_held_is_no_failure(filed: Store, run: Run) -> None:
    assert run("messages", "release", "--all", "--yes").stdout.splitlines()[-1] == "0/0"


def test_a_message_that_is_not_held_is_not_released(filed: Store, run: Run) -> None:
    result = run("messages", "release", message(1).id, "--yes")
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (1, "0/1")
    assert "motcua messages show" in result.stderr


def test_the_ledger_stays_verifiable_and_a_foreign_row_shows(filed: Store, run: Run) -> None:
    filed.write("test", lambda tx: tx.ledger.write([Act(kind="person", facts={"verb": "x", "by": "y"})]))
    assert run("audit", "verify").exit_code == 0
    result = run("balance", "--json")
    assert result.exit_code == 1, "rows that no entry made are differences"
    assert json.loads(result.stdout)["remainder"] == 4
