import dataclasses
import threading
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import text

from adapter.model import DossierId, MappingVersion, Noted, Phone, Record, SourceName
from adapter.ports import Store
from adapter.store.engine import open_engines
from tests.store.samples import SOURCE, changed, dossier_id, noted

MAPPING = MappingVersion("0123456789abcdef")


def _save(store: Store, *all_noted: Noted) -> frozenset[DossierId]:
    return store.write("test", lambda tx: tx.dossiers.save(all_noted))


def _reject(store: Store, run: str, *records: Record) -> None:
    store.write("test", lambda tx: tx.dossiers.reject(SOURCE, run, [(record, "no code") for record in records]))


def _version(store: Store, number: int) -> int:
    return store.read(lambda tx: tx.dossiers.remembered([dossier_id(number)]))[dossier_id(number)].version


def _rows(database: str, statement: str) -> Sequence[Any]:
    engines = open_engines(database)
    with engines.connect_reader() as connection, connection.begin():
        rows = connection.execute(text(statement)).all()
    engines.dispose()
    return rows


def test_what_is_saved_is_remembered_whole(store: Store) -> None:
    first, second = noted(1), noted(2)
    assert _save(store, first, second) == frozenset()
    ids = [dossier_id(1), dossier_id(2), dossier_id(3)]
    assert store.read(lambda tx: tx.dossiers.remembered(ids)) == {
        ids[0]: first.remembered,
        ids[1]: second.remembered,
    }


@pytest.mark.parametrize(
    ("standing", "expected", "refused"),
    [(None, None, False), (None, 1, True), (1, None, True), (1, 1, False), (2, 1, True), (1, 2, True)],
)
def test_a_dossier_is_replaced_only_from_the_version_that_was_read(
    store: Store, standing: int | None, expected: int | None, *, refused: bool
) -> None:
    if standing is not None:
        _save(store, noted(1, version=standing))
    assert _save(store, noted(1, version=7, expected=expected)) == ({dossier_id(1)} if refused else frozenset())
    if standing is not None or not refused:
        assert _version(store, 1) == (standing if refused else 7)


def test_one_refused_dossier_does_not_stop_the_others(store: Store) -> None:
    _save(store, noted(1, version=5))
    assert _save(store, noted(1, version=2, expected=1), noted(2), noted(3)) == {dossier_id(1)}
    assert _version(store, 1) == 5
    assert _version(store, 2) == _version(store, 3) == 1


def test_a_dossier_may_move_twice_in_one_page(store: Store) -> None:
    assert _save(store, noted(1), noted(1, version=2, expected=1), noted(1, version=3, expected=2)) == frozenset()
    assert _version(store, 1) == 3


def test_many_dossiers_in_one_call(store: Store) -> None:
    many = [noted(number) for number in range(2500)]
    assert _save(store, *many) == frozenset()
    assert len(store.read(lambda tx: tx.dossiers.remembered(dossier_id(number) for number in range(2500)))) == 2500
    assert _save(store, *[noted(number, version=2, expected=1) for number in range(2500)]) == frozenset()


def test_of_two_writers_with_the_same_expectation_one_is_refused(store: Store) -> None:
    _save(store, *(noted(number) for number in range(50)))
    refusals: list[frozenset[DossierId]] = []
    meeting = threading.Barrier(2)

    def work(*, backwards: bool) -> None:
        page = [noted(number, version=2, expected=1) for number in range(50)]
        meeting.wait(10)
        refusals.append(_save(store, *(reversed(page) if backwards else page)))

    threads = [threading.Thread(target=work, kwargs={"backwards": backwards}) for backwards in (False, True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(len, refusals)) == [0, 50]


def test_of_two_writers_who_both_see_a_new_dossier_one_is_refused(store: Store) -> None:
    refusals: list[frozenset[DossierId]] = []
    meeting = threading.Barrier(2)

    def work() -> None:
        meeting.wait(10)
        refusals.append(_save(store, *(noted(number) for number in range(50))))

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(map(len, refusals)) == 50
    assert len(store.read(lambda tx: tx.dossiers.remembered(dossier_id(number) for number in range(50)))) == 50


def test_pseudonyms_are_stable_and_separated_by_source(store: Store) -> None:
    ids = store.read(lambda tx: tx.dossiers.identify(SOURCE, ["a", "b"]))
    assert ids == store.read(lambda tx: tx.dossiers.identify(SOURCE, ["b", "a"]))
    assert len({*ids.values(), *store.read(lambda tx: tx.dossiers.identify(SourceName("x"), ["a", "b"])).values()}) == 4


def test_a_digest_follows_the_inputs_and_not_their_order(store: Store) -> None:
    def digest(source: SourceName = SOURCE, /, **inputs: str) -> str:
        return store.read(lambda tx: tx.dossiers.digest(source, Record(inputs=inputs)))

    assert digest(a="1", b="2") == digest(b="2", a="1")
    assert len({digest(a="1", b="2"), digest(a="1", b="3"), digest(a="1"), digest(a="1", b="")}) == 4
    assert digest(SourceName("x"), a="1") != digest(a="1")


def test_a_digest_stands_for_a_dossier_as_it_is_now(store: Store) -> None:
    one, two = noted(1), noted(2)
    _save(store, one, two)
    mine, gone = one.remembered.digest, two.remembered.digest
    newer = dataclasses.replace(two.remembered, digest="newer", version=two.remembered.version + 1)
    _save(store, dataclasses.replace(two, remembered=newer, expected=two.remembered.version))
    asked = [mine, gone, "newer", "never"]
    assert store.read(lambda tx: tx.dossiers.standing(asked)) == {mine, "newer"}
    assert store.read(lambda tx: tx.dossiers.standing([])) == frozenset()


def test_sharing_counts_dossiers_by_number(store: Store) -> None:
    _save(store, noted(1), noted(2), noted(3, phone="84987654321"), noted(4, phone=""))
    phones = [Phone("84912345678"), Phone("84987654321"), Phone("84900000000")]
    assert store.read(lambda tx: tx.dossiers.sharing(phones)) == dict(zip(phones, (2, 1, 0), strict=True))


def test_a_change_that_stands_is_left_as_it_is(store: Store, database: str) -> None:
    store.write("test", lambda tx: tx.dossiers.add_changes([changed(1), changed(2)], "run1", MAPPING))
    store.write("test", lambda tx: tx.dossiers.add_changes([changed(1), changed(3)], "run2", MAPPING))
    store.write("test", lambda tx: tx.dossiers.add_changes([], "run3", MAPPING))
    rows = _rows(database, "SELECT key, run, events FROM changes ORDER BY key")
    assert [(row.key, row.run) for row in rows] == [
        (changed(1).key, "run1"),
        (changed(2).key, "run1"),
        (changed(3).key, "run2"),
    ]
    assert rows[0].events == "received,step"


def test_the_same_unreadable_record_is_kept_once(store: Store, database: str) -> None:
    record, other = Record(inputs={"a": "1"}), Record(inputs={"a": "2"})
    for run in ("run1", "run2"):
        _reject(store, run, record, other)
    rows = _rows(database, "SELECT run, reason FROM rejects")
    assert [(row.run, row.reason) for row in rows] == [("run1", "no code")] * 2


def test_nothing_personal_lies_open_in_the_database(store: Store, database: str) -> None:
    _save(store, noted(1))
    store.write("test", lambda tx: tx.dossiers.reject(SOURCE, "r", [(noted(1).remembered.record, "why")]))
    (row,) = _rows(database, "SELECT * FROM dossiers")
    (rejected,) = _rows(database, "SELECT * FROM rejects")
    stored = repr(tuple(row)) + repr(tuple(rejected))
    assert "H57.19-000001" not in stored
    assert "Trần" not in stored
    assert "84912345678" not in stored


def test_inputs_copied_into_another_row_do_not_open(store: Store, database: str) -> None:
    _save(store, noted(1), noted(2))
    engines = open_engines(database)
    with engines.writer.begin() as connection:
        connection.execute(
            text("UPDATE dossiers SET inputs = (SELECT inputs FROM dossiers WHERE id = :one) WHERE id = :two"),
            {"one": dossier_id(1), "two": dossier_id(2)},
        )
    engines.dispose()
    kept = store.read(lambda tx: tx.dossiers.remembered([dossier_id(1), dossier_id(2)]))
    assert kept[dossier_id(1)].record.inputs
    assert kept[dossier_id(2)].record.inputs == {}


def test_naive_times_are_refused(store: Store) -> None:
    naive = datetime(2026, 11, 23, 9, 0)  # noqa: DTZ001 - the point of the test
    wrong = dataclasses.replace(noted(1), remembered=dataclasses.replace(noted(1).remembered, as_of=naive))
    with pytest.raises(ValueError, match="naive"):
        _save(store, wrong)
    with pytest.raises(ValueError, match="naive"):
        store.write("test", lambda tx: tx.dossiers.add_changes([changed(1, at=naive)], "r", MAPPING))
