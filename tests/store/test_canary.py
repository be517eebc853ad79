"""Keys of another installation are refused before anything is read or written."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from adapter.errors import KeysError
from adapter.model import Act, Link, LinkKind, Proof, TokenPair, Uid
from adapter.ports import Store, Tx
from adapter.store import migrate, open_store
from adapter.store.cipher import create_keys
from adapter.store.engine import open_engines
from tests.store.clocks import START
from tests.store.samples import noted


@pytest.fixture
def others(tmp_path: Path) -> Path:
    """The keys of another installation."""
    create_keys(tmp_path / "others.json")
    return tmp_path / "others.json"


def mixed(keys: Path, others: Path, foreign: str) -> Path:
    """Our keys, but one of the two keysets is another's."""
    both = json.loads(keys.read_text()) | {foreign: json.loads(others.read_text())[foreign]}
    made = others.with_name("mixed.json")
    made.touch(mode=0o600)
    made.write_text(json.dumps(both))
    return made


def test_other_keys_do_not_open_a_database_bound_to_its_own(empty_database: str, keys: Path, others: Path) -> None:
    migrate.upgrade(empty_database, keys)
    open_store(empty_database, keys).close()
    with pytest.raises(KeysError, match=r"others.json .* backed up with this database .* second machine"):
        open_store(empty_database, others)


@pytest.mark.parametrize("foreign", ["seal", "index"])
def test_each_of_the_two_keysets_matters(empty_database: str, keys: Path, others: Path, foreign: str) -> None:
    migrate.upgrade(empty_database, keys)
    with pytest.raises(KeysError, match="nothing was read or written"):
        open_store(empty_database, mixed(keys, others, foreign))


def test_a_second_machine_with_keys_of_its_own_does_not_upgrade(empty_database: str, keys: Path, others: Path) -> None:
    migrate.upgrade(empty_database, keys)
    with pytest.raises(KeysError, match="second machine"):
        migrate.upgrade(empty_database, others)
    migrate.upgrade(empty_database, keys)
    open_store(empty_database, keys).close()


def dossier(tx: Tx) -> None:
    tx.dossiers.save([noted(1)])


def recipient(tx: Tx) -> None:
    who, phone = Uid("1234567890"), "84912345678"
    link = Link(id="1", uid=who, kind=LinkKind.PHONE, value=phone, proof=Proof.COUNTER, proved_at=START)
    tx.recipients.link([link])


def disclosure(tx: Tx) -> None:
    tx.ledger.write([Act(kind="person", facts={"verb": "test"}, personal={"name": "Nguyễn Văn A"})])


def token(tx: Tx) -> None:
    pair = TokenPair(access="a", refresh="r", issued_at=START, expires_at=START, generation=1)
    tx.vault.save("app", pair, None)


@pytest.mark.parametrize("made", [dossier, recipient, disclosure, token])
def test_data_speaks_where_there_is_no_canary_yet(
    store: Store, database: str, keys: Path, others: Path, made: Callable[[Tx], None]
) -> None:
    store.write("test", made)
    with pytest.raises(KeysError):
        open_store(database, others)
    with pytest.raises(KeysError):
        migrate.upgrade(database, others)
    migrate.upgrade(database, keys)
    open_store(database, keys).close()


def test_one_damaged_value_does_not_lock_a_database_up(store: Store, database: str, keys: Path) -> None:
    store.write("test", lambda tx: tx.dossiers.save([noted(1), noted(2), noted(3)]))
    engines = open_engines(database)
    with engines.writer.begin() as connection:
        connection.exec_driver_sql("UPDATE dossiers SET code = inputs WHERE id = (SELECT min(id) FROM dossiers)")
    engines.dispose()
    open_store(database, keys).close()


def test_a_database_with_nothing_sealed_in_it_takes_any_keys(database: str, keys: Path, others: Path) -> None:
    open_store(database, keys).close()
    open_store(database, others).close()
