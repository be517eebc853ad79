"""How far our clock is from the source's, by the Date of its answers."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from adapter.model import Interval
from adapter.onestop import SoapSource
from adapter.simulators.onestop.server import OnestopSimulator
from tests.onestop.hostile import spec


@pytest.fixture
def province() -> Iterator[OnestopSimulator]:
    with OnestopSimulator() as simulator:
        yield simulator


@pytest.mark.parametrize("theirs", [0.0, -300.0, 7200.0])
def test_the_date_of_the_last_answer_tells(province: OnestopSimulator, theirs: float) -> None:
    province.knobs.turn(clock_skew=theirs)
    source = SoapSource(spec(province.url), province.username, province.password, lambda: datetime.now(UTC))
    assert source.skew() is None, "nothing has been answered yet"
    now = datetime.now(UTC)
    list(source.changes(Interval(start=now, end=now), ""))
    skew = source.skew()
    source.close()
    assert skew is not None
    assert abs(skew + theirs) < 3
