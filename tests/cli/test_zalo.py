"""`motcua zalo token`: taken from files or standard input, refreshed at once, never shown."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from adapter.model import Channel, Pause, PauseScope
from adapter.ports import Store
from adapter.simulators.zalo.faults import TOKEN_PATH
from adapter.simulators.zalo.simulator import ZaloSimulator
from adapter.simulators.zalo.tokens import Pair
from tests.cli.conftest import NOW, Run

APP, SECRET = "1234567890123456789", "app-secret-of-the-test"


@pytest.fixture
def zalo(monkeypatch: pytest.MonkeyPatch) -> Iterator[ZaloSimulator]:
    with ZaloSimulator(app_id=APP, app_secret=SECRET) as simulator:
        monkeypatch.setenv("MOTCUA_ZALO__APP_ID", APP)
        monkeypatch.setenv("MOTCUA_ZALO__APP_SECRET", SECRET)
        monkeypatch.setenv("MOTCUA_ZALO__OAUTH_URL", f"{simulator.url}/oauth")
        yield simulator


def as_json(pair: Pair) -> str:
    return json.dumps({"access_token": pair.access_token, "refresh_token": pair.refresh_token, "expires_in": "90000"})


def as_lines(pair: Pair) -> str:
    return f"{pair.access_token}\n{pair.refresh_token}\n"


@pytest.mark.parametrize("written", [as_json, as_lines])
def test_a_pair_is_taken_from_standard_input_made_our_own_and_never_shown(
    run: Run, store: Store, zalo: ZaloSimulator, written: Callable[[Pair], str]
) -> None:
    pasted = zalo.issue_tokens()
    stored = run("zalo", "token", "set", "--by", "Trần B", stdin=written(pasted))
    assert stored.exit_code == 0, stored.output
    assert "!" not in stored.stderr
    ours = store.read(lambda tx: tx.vault.load(APP))
    with zalo.state.lock:
        living = zalo.state.tokens.current
    assert ours is not None
    assert living is not None
    assert (ours.access, ours.refresh) == (living.access_token, living.refresh_token)
    assert ours.refresh != pasted.refresh_token
    shown = [stored, run("zalo", "token", "show"), run("zalo", "token", "show", "--json"), run("status", "--json")]
    assert all(result.exit_code == 0 for result in shown)
    secrets = (pasted.access_token, pasted.refresh_token, ours.access, ours.refresh)
    assert not any(secret in result.output for secret in secrets for result in shown)
    assert json.loads(shown[2].stdout)["state"] == "fresh"
    (entry,) = store.read(lambda tx: tx.ledger.unsealed(10))
    assert json.loads(entry.body)["verb"] == "token.set"


def test_a_pair_that_zalo_does_not_take_is_told_and_harms_none_that_serves(
    run: Run, store: Store, zalo: ZaloSimulator
) -> None:
    spent = zalo.issue_tokens()
    assert run("zalo", "token", "set", stdin=as_json(spent)).exit_code == 0
    serves = store.read(lambda tx: tx.vault.load(APP))
    for wrong in (spent, Pair(access_token="stranger", refresh_token="stranger")):
        result = run("zalo", "token", "set", stdin=as_json(wrong))
        assert result.exit_code == 1
        assert "Zalo không nhận" in result.stderr
    assert store.read(lambda tx: tx.vault.load(APP)) == serves
    assert "zalo-token-lost" not in run("status").stdout
    assert run("zalo", "token", "refresh").exit_code == 0


def test_what_cannot_be_a_token_is_not_sent_to_zalo(run: Run, zalo: ZaloSimulator) -> None:
    result = run("zalo", "token", "set", stdin=json.dumps({"access_token": "mã", "refresh_token": "a b"}))
    assert result.exit_code == 78
    assert "access token không phải là một mã" in result.stderr
    assert "refresh token không phải là một mã" in result.stderr
    assert run("zalo", "token", "show").exit_code == 1


def test_a_token_server_that_is_away_leaves_the_pair_to_the_daemon(run: Run, zalo: ZaloSimulator, store: Store) -> None:
    zalo.fault("http", path=TOKEN_PATH, status=503)
    pasted = zalo.issue_tokens()
    result = run("zalo", "token", "set", stdin=as_json(pasted))
    assert result.exit_code == 0, result.output
    assert "! chưa làm mới được" in result.stderr
    ours = store.read(lambda tx: tx.vault.load(APP))
    assert ours is not None
    assert ours.refresh == pasted.refresh_token


def test_channels_that_an_answer_paused_try_within_seconds(run: Run, zalo: ZaloSimulator, store: Store) -> None:
    late = NOW + timedelta(days=1)
    theirs = Pause(
        scope=PauseScope.CHANNEL, name=Channel.PHONE, reason="Zalo -124", by="motcua", since=NOW, probe_at=NOW
    )
    ours = Pause(scope=PauseScope.CHANNEL, name=Channel.UID, reason="bảo trì", by="chị Lan", since=NOW)
    store.write("pause", lambda tx: tx.pauses.add(ours))
    store.write("pause", lambda tx: tx.pauses.add(theirs))
    store.write("pause", lambda tx: tx.pauses.probing(PauseScope.CHANNEL, Channel.PHONE, late))
    assert run("zalo", "token", "set", stdin=as_json(zalo.issue_tokens())).exit_code == 0
    probes = {pause.name: pause.probe_at for pause in store.read(lambda tx: tx.pauses.standing())}
    assert probes[Channel.UID] is None
    soon = probes[Channel.PHONE]
    assert soon is not None
    assert soon < late - timedelta(hours=12)


@pytest.mark.parametrize(
    "text", ["", "only-one\n", "[]", '{"access_token": "x"}', '{"access_token": 1, "refresh_token": null}']
)
def test_half_a_pair_is_refused(run: Run, zalo: ZaloSimulator, text: str) -> None:
    result = run("zalo", "token", "set", stdin=text)
    assert result.exit_code == 1
    assert "refresh_token" in result.stderr
    assert run("zalo", "token", "show").exit_code == 1


@pytest.mark.parametrize("command", ["set", "exchange"])
def test_without_an_app_nothing_is_asked_of_zalo(run: Run, command: str) -> None:
    result = run("zalo", "token", command, stdin="one\ntwo\n")
    assert result.exit_code == 78
    assert "zalo.app_id" in result.stderr
    assert "zalo.app_secret" in result.stderr
    assert run("zalo", "token", "show").exit_code == 1


def test_without_a_pair_refreshing_says_so(run: Run) -> None:
    result = run("zalo", "token", "refresh")
    assert result.exit_code == 1
    assert "token" in result.stderr


def test_refreshing_a_lost_pair_is_no_success(run: Run, store: Store, zalo: ZaloSimulator) -> None:
    """Its access token serves for hours yet; whoever believes that all is well hears of it when nothing goes out."""
    zalo.fault("http", path=TOKEN_PATH, status=503)
    stranger = Pair(access_token="stranger", refresh_token="stranger")
    assert run("zalo", "token", "set", stdin=as_json(stranger)).exit_code == 0  # nobody was there to refuse it
    result = run("zalo", "token", "refresh")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "motcua zalo token set" in result.stderr
