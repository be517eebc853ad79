import dataclasses
import threading
from datetime import timedelta

import pytest
from sqlalchemy import text

from adapter.errors import StoreError
from adapter.model import TokenPair, TokenState
from adapter.ports import Store
from adapter.store.engine import open_engines
from tests.store.clocks import START

FIRST = TokenPair(
    access="access-1", refresh="refresh-1", issued_at=START, expires_at=START + timedelta(hours=25), generation=1
)
SECOND = dataclasses.replace(FIRST, access="access-2", refresh="refresh-2", generation=2)


def _save(store: Store, pair: TokenPair, expected: int | None, app: str = "app") -> bool:
    return store.write("test", lambda tx: tx.vault.save(app, pair, expected))


def _load(store: Store, app: str = "app") -> TokenPair | None:
    return store.read(lambda tx: tx.vault.load(app))


def test_a_pair_comes_back_whole_and_apps_are_apart(store: Store) -> None:
    assert _load(store) is None
    refreshing = dataclasses.replace(FIRST, state=TokenState.REFRESHING, refreshing_since=START)
    assert _save(store, refreshing, None)
    assert _load(store) == refreshing
    assert _load(store, "other") is None


@pytest.mark.parametrize(
    ("standing", "expected", "saved"),
    [(None, None, True), (None, 1, False), (FIRST, None, False), (FIRST, 1, True), (FIRST, 2, False)],
)
def test_a_pair_takes_only_the_place_it_expects(
    store: Store, standing: TokenPair | None, expected: int | None, *, saved: bool
) -> None:
    if standing is not None:
        _save(store, standing, None)
    assert _save(store, SECOND, expected) == saved
    assert _load(store) == (SECOND if saved else standing)


def test_of_many_who_refresh_one_wins(store: Store) -> None:
    _save(store, FIRST, None)
    won: list[bool] = []
    threads = [threading.Thread(target=lambda: won.append(_save(store, SECOND, 1))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == [False] * 5 + [True]


def test_tokens_are_sealed_and_stay_in_their_row_and_column(store: Store, database: str) -> None:
    _save(store, FIRST, None)
    engines = open_engines(database)
    with engines.writer.begin() as connection:
        (row,) = connection.execute(text("SELECT * FROM tokens")).all()
        assert "access-1" not in repr(tuple(row))
        assert "refresh-1" not in repr(tuple(row))
        connection.execute(text("UPDATE tokens SET access = refresh"))
    engines.dispose()
    with pytest.raises(StoreError, match=r"tokens\.access"):
        _load(store)
