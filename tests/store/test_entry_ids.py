from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapter.store.entry_ids import entry_id, written_at
from tests.store.clocks import START


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ((START, 0), (START, 1)),
        ((START, 255), (START, 256)),
        ((START, 2**24 - 1), (START + timedelta(milliseconds=1), 0)),
        ((datetime(1970, 1, 1, tzinfo=UTC), 5), (datetime(2100, 1, 1, tzinfo=UTC), 0)),
    ],
)
def test_ids_sort_by_time_and_then_by_place(earlier: tuple[datetime, int], later: tuple[datetime, int]) -> None:
    assert entry_id(*earlier) < entry_id(*later)
    assert len(entry_id(*earlier)) == 32


@given(st.datetimes(timezones=st.just(UTC)).filter(lambda at: at.year >= 1970))
def test_an_id_tells_its_time_to_the_millisecond(at: datetime) -> None:
    assert written_at(entry_id(at, 0)) == at.replace(microsecond=at.microsecond // 1000 * 1000)
