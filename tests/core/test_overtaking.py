"""Which unsent message a newer one makes needless: the whole table of DESIGN 4.2."""

from itertools import product

import pytest

from adapter.core.overtaking import vanishes, yields
from adapter.model import Event

# Rows: unsent. Columns: newer. x: the unsent one is superseded.
#  submitted received refused step supplement payment withdrawal stopped ready returned recalled reopened
#  rescheduled shipped reminder overdue
TABLE = """
submitted   . x x . x x x x x x x x . x . .
received    . . . . . . . . . . . . . . . .
refused     . . . . . . . . . . . . . . . .
step        . x x x x x x x x x x x . x . .
supplement  . . . . . . . . . . . . . . . .
payment     . . . . . . . . . . . . . . . .
withdrawal  . . . . . . . . . . . . . . . .
stopped     . . . . . . . . . . . . . . . .
ready       . . x . x x x x . x x . . . . .
returned    . . . . . . . . . . . . . . . .
recalled    . . . . . . . . . . . . . . . .
reopened    . . . . . . . . . . . . . . . .
rescheduled . x x . x x x x x x x x x x . .
shipped     . . . . . . . . . . . . . . . .
reminder    . x x . x x x x x x x x . x x .
overdue     . x x . x x x x x x x x . x . x
"""
COLUMNS = [Event(row.split()[0]) for row in TABLE.strip().splitlines()]
CELLS = {
    (Event(row.split()[0]), newer): mark == "x"
    for row in TABLE.strip().splitlines()
    for newer, mark in zip(COLUMNS, row.split()[1:], strict=True)
}


@pytest.mark.parametrize(("older", "newer"), list(product(Event, Event)), ids=str)
def test_a_cell_of_the_table(older: Event, newer: Event) -> None:
    assert yields(older, newer) is CELLS[older, newer]


@pytest.mark.parametrize(
    ("newer", "unsent", "vanishing"),
    [
        (Event.RECALLED, {Event.READY}, True),
        (Event.RECALLED, {Event.STEP, Event.READY}, True),
        (Event.RECALLED, {Event.STEP}, False),
        (Event.RECALLED, set(), False),
        (Event.RETURNED, {Event.READY}, False),
        (Event.REOPENED, {Event.RETURNED}, False),
    ],
)
def test_only_the_recall_of_a_result_nobody_heard_of_vanishes(
    newer: Event, unsent: set[Event], *, vanishing: bool
) -> None:
    assert vanishes(newer, unsent) is vanishing
