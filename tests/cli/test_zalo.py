"""`motcua zalo token`: taken from files or standard input, never shown."""

import json

import pytest

from adapter.ports import Store
from tests.cli.conftest import Run

ACCESS, REFRESH = "access-token-of-the-test", "refresh-token-of-the-test"


@pytest.mark.parametrize(
    "text",
    [json.dumps({"access_token": ACCESS, "refresh_token": REFRESH, "expires_in": "90000"}), f"{ACCESS}\n{REFRESH}\n"],
)
def test_a_pair_is_stored_from_standard_input_and_never_shown(run: Run, store: Store, text: str) -> None:
    stored = run("zalo", "token", "set", "--by", "Trần B", stdin=text)
    assert stored.exit_code == 0, stored.output
    shown = [stored, run("zalo", "token", "show"), run("zalo", "token", "show", "--json"), run("status", "--json")]
    assert all(result.exit_code == 0 for result in shown)
    assert not any(secret in result.output for secret in (ACCESS, REFRESH) for result in shown)
    assert json.loads(shown[2].stdout)["state"] == "fresh"
    entry = store.read(lambda tx: tx.ledger.unsealed(1))[0]
    assert json.loads(entry.body)["verb"] == "token.set"


@pytest.mark.parametrize(
    "text", ["", "only-one\n", "[]", '{"access_token": "x"}', '{"access_token": 1, "refresh_token": null}']
)
def test_half_a_pair_is_refused(run: Run, text: str) -> None:
    result = run("zalo", "token", "set", stdin=text)
    assert result.exit_code == 1
    assert "refresh_token" in result.stderr
    assert run("zalo", "token", "show").exit_code == 1


def test_without_a_pair_refreshing_says_so(run: Run) -> None:
    result = run("zalo", "token", "refresh")
    assert result.exit_code == 1
    assert "token" in result.stderr
