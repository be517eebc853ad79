"""How far our clock is from the source's, by the Date of its answers."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from adapter.errors import SourceError
from adapter.model import Interval
from adapter.onestop import SoapSource
from adapter.simulators.onestop.server import OnestopSimulator
from tests.onestop.hostile import Hostile, envelope, fault, http, source, spec


@pytest.fixture
def province() -> Iterator[OnestopSimulator]:
    with OnestopSimulator() as simulator:
        yield simulator


@pytest.mark.parametrize("theirs", [0.0, -300.0, 7200.0])
def test_the_date_of_the_last_answer_tells(province: OnestopSimulator, theirs: float) -> None:
    province.knobs.turn(clock_skew=theirs)
    onestop = SoapSource(spec(province.url), province.username, province.password, lambda: datetime.now(UTC))
    assert onestop.skew() is None, "nothing has been answered yet"
    now = datetime.now(UTC)
    list(onestop.changes(Interval(start=now, end=now), ""))
    skew = onestop.skew()
    onestop.close()
    assert skew is not None
    assert abs(skew + theirs) < 3


@pytest.mark.parametrize(
    "date",
    [
        "",
        "yesterday",
        "Mon, 23 Nov 2026 02:00:00 +99999999999999999999",
        "Mon, 23 Nov 2026 02:00:00 +2400",
        "Mon, 23 Nov 99999999999999999999 02:00:00 GMT",
    ],
)
def test_a_date_that_is_none_tells_nothing(date: str) -> None:
    answer = http(envelope(fault()), status=500, extra=f"Date: {date}")
    with Hostile(answer) as server, source(server.url) as onestop:
        with pytest.raises(SourceError):
            onestop.lookup("H62")
        assert onestop.skew() is None
