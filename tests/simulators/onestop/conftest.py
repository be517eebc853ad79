from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from adapter.simulators.onestop import records
from adapter.simulators.onestop.records import Record
from adapter.simulators.onestop.server import OnestopSimulator

START = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


@pytest.fixture
def simulator() -> Iterator[OnestopSimulator]:
    with OnestopSimulator() as running:
        yield running


@pytest.fixture
def ten(simulator: OnestopSimulator) -> list[Record]:
    """Ten dossiers, one second apart from 08:00:00 on, alternating between two offices, already in the province."""
    made = [
        records.make(
            {
                "MaHoSo": f"H62.33-261123-{number:04d}",
                "MaDonVi": "000.22.33.H62" if number % 2 else "000.22.34.H62",
                "ChuHoSo": "NGUYỄN THỊ MẪU",
                "TrangThaiHoSo": "2",
            },
            START + timedelta(seconds=number),
        )
        for number in range(10)
    ]
    simulator.province.load(made)
    return made
