from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapter.core.calendar import VIETNAM
from adapter.core.mapping import dates


@pytest.mark.parametrize(
    ("pattern", "text", "utc"),
    [
        ("dd/MM/yyyy HH:mm:ss", "07/11/2019 08:02:11", "2019-11-07T01:02:11"),
        ("dd/MM/yyyy HH:mm", "07/11/2019 00:02", "2019-11-06T17:02:00"),
        ("dd/MM/yyyy", "07/11/2019", "2019-11-06T17:00:00"),
        ("d/M/yyyy h:mm:ss tt", "7/11/2019 1:02:11 CH", "2019-11-07T06:02:11"),
        ("d/M/yyyy h:mm:ss tt", "7/11/2019 12:02:11 SA", "2019-11-06T17:02:11"),
        ("d/M/yyyy h:mm:ss tt", "7/11/2019 12:02:11 PM", "2019-11-07T05:02:11"),
        ("MM/dd/yyyy", "11/07/2019", "2019-11-06T17:00:00"),
        ("yyyyMMddHHmmss", "20191107080211", "2019-11-07T01:02:11"),
        ("yyyy-MM-dd HH:mm:ss.fff", "2019-11-07 08:02:11.250", "2019-11-07T01:02:11.250000"),
        ("iso", "2019-11-07T08:02:11", "2019-11-07T01:02:11"),
        ("iso", "2019-11-07T08:02:11+07:00", "2019-11-07T01:02:11"),
        ("iso", "2019-11-07T01:02:11Z", "2019-11-07T01:02:11"),
        ("iso_local", "2019-11-07T08:02:11Z", "2019-11-07T01:02:11"),
        ("epoch", "1573088531", "2019-11-07T01:02:11"),
        ("epoch", "1573088531000", "2019-11-07T01:02:11"),
        ("epoch", "/Date(1573088531000+0700)/", "2019-11-07T01:02:11"),
    ],
)
def test_each_shape_means_its_moment(pattern: str, text: str, utc: str) -> None:
    dates.check_pattern(pattern)
    assert dates.date_reader(pattern)(text) == datetime.fromisoformat(utc).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("dd/MM/yyyy", "31/02/2026"),
        ("dd/MM/yyyy", "1/1/2026"),
        ("dd/MM/yyyy", "01/01/2026 "),
        ("dd/MM/yyyy", "٠١/٠١/٢٠٢٦"),
        ("dd/MM/yyyy HH:mm:ss", "01/01/1900 00:00:00"),
        ("dd/MM/yyyy HH:mm:ss", "01/01/1753 00:00:00"),
        ("dd/MM/yyyy HH:mm:ss", "31/12/9999 23:59:59"),
        ("dd/MM/yyyy HH:mm:ss", "01/01/2026 24:00:00"),
        ("d/M/yyyy h:mm tt", "1/1/2026 13:00 CH"),
        ("iso", "0001-01-01T00:00:00"),
        ("iso", "9999-12-31T23:59:59Z"),
        ("iso", "hôm qua"),
        ("epoch", "12"),
    ],
)
def test_sentinels_and_other_shapes_are_no_moment(pattern: str, text: str) -> None:
    assert dates.date_reader(pattern)(text) is None


@given(st.sampled_from(["dd/MM/yyyy HH:mm:ss", "d/M/yyyy h:mm tt", "iso", "iso_local", "epoch"]), st.text(max_size=40))
def test_no_text_makes_a_date_reader_raise(pattern: str, text: str) -> None:
    moment = dates.date_reader(pattern)(text)
    assert moment is None or moment.tzinfo is UTC


MOMENTS = st.integers(-2_000_000_000, 20_000_000_000).map(lambda second: datetime.fromtimestamp(second, tz=UTC))


@given(MOMENTS, st.sampled_from(["dd/MM/yyyy HH:mm:ss", "yyyyMMddHHmmss"]))
def test_what_strftime_writes_the_reader_reads_back(moment: datetime, pattern: str) -> None:
    written = moment.astimezone(VIETNAM).strftime(dates.strftime_pattern(pattern))
    assert dates.date_reader(pattern)(written) == moment


@pytest.mark.parametrize(
    "pattern", ["HH:mm", "dd/MM", "dd/MM/yy", "dd/MM/yyyy hh:mm", "dd/MM/yyyy dd", "ngày dd/MM/yyyy"]
)
def test_a_pattern_that_cannot_be_right_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"mẫu ngày|giờ 12"):
        dates.check_pattern(pattern)
