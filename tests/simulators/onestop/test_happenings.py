from datetime import UTC, datetime

import pytest

from adapter.simulators.onestop import happenings
from adapter.simulators.onestop.happenings import After, Happening
from adapter.simulators.onestop.records import vietnam_text

MONDAY_8AM = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("after", "now", "expected"),
    [
        (After(), MONDAY_8AM, "23/11/2026 08:00:00"),
        (After(seconds=-61), MONDAY_8AM, "23/11/2026 07:58:59"),
        (After(working_days=0), MONDAY_8AM, "23/11/2026 17:00:00"),
        (After(working_days=0), MONDAY_8AM.replace(hour=8), "24/11/2026 17:00:00"),
        (After(working_days=5), MONDAY_8AM, "30/11/2026 17:00:00"),
        (After(working_days=-2), MONDAY_8AM, "19/11/2026 17:00:00"),
        (After(working_days=1), MONDAY_8AM.replace(day=21), "23/11/2026 17:00:00"),
        (After(working_days=0), MONDAY_8AM.replace(day=21), "23/11/2026 17:00:00"),
    ],
    ids=["now", "seconds", "same day", "after the cut-off", "over a weekend", "past", "from saturday", "on saturday"],
)
def test_a_relative_date_is_settled_when_it_is_applied(after: After, now: datetime, expected: str) -> None:
    assert vietnam_text(after.from_moment(now)) == expected


def test_json_tells_the_same_happening() -> None:
    document = {
        "code": "X",
        "office": "O",
        "changes": {"LyDo": "x", "NgayTra": {"seconds": 0}, "NgayHenTra": {"working_days": 3}},
    }
    changes: dict[str, str | After] = {"LyDo": "x", "NgayTra": After(), "NgayHenTra": After(working_days=3)}
    assert happenings.from_json(document) == Happening(after_seconds=0, code="X", office="O", changes=changes)


@pytest.mark.parametrize(
    "document",
    [[], {}, {"code": 1, "changes": {}}, {"code": "X"}, {"code": "X", "changes": {"LyDo": 4}}]
    + [{"code": "X", "changes": {"NgayTra": value}} for value in ({}, {"days": 1}, {"seconds": "1"})],
)
def test_json_of_another_shape_is_refused(document: object) -> None:
    with pytest.raises(happenings.OrderError):
        happenings.from_json(document)
